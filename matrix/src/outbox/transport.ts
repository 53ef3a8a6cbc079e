import { type EventId, parseEventId, type RoomId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { BesaceError, Outcome } from '../api/types.ts';
import { uploadCiphertext } from '../media/upload.ts';
import type { KnownRoom, SessionContext } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { Clear, FileWork, OutboxWork, QueuedItem, StoredAttachment } from './outbox.ts';
import type { OutboxTransport, SendHands } from './queue.ts';

/** Longest wait for a room to be known after a start, ms; then the queue pauses as if the server had not answered. */
const ROOM_PATIENCE_MS = 20_000;

type Wire = { readonly path: string; readonly content: Clear };

/** Sends queued items through a session: encrypts for those who are in the room now, at every try, then one PUT. */
export function createTransport(context: SessionContext): OutboxTransport {
  return {
    async send(item, hands) {
      const { work } = item;
      if (work.kind === 'removal') {
        return put(
          context,
          `redact/${encodeURIComponent(work.target)}/${encodeURIComponent(item.id)}`,
          work.reason === undefined ? {} : { reason: work.reason },
          item,
          hands,
        );
      }
      const encrypted = await isEncrypted(context, item.roomId, hands.signal);
      if (!encrypted.ok) return encrypted;
      // T1: every room of Besace is encrypted. One that a server says is not (to a device that never saw it otherwise) gets nothing in clear.
      const forServer = work.kind === 'state' && work.wire === 'clear' && !isContent(work.type);
      if (!encrypted.value && !forServer) return err({ code: 'invalid', detail: 'room-not-encrypted' });
      const ready = work.kind === 'file' ? await uploadParts(context, work, hands) : ok(work);
      if (!ready.ok) return ready;
      const wire = await wireOf(context, item, ready.value);
      if (!wire.ok) return wire;
      return put(context, wire.value.path, wire.value.content, item, hands);
    },
  };
}

/** What the reader of a file message needs: the mxc address with the key, or the address alone. */
export function fileContent(work: FileWork): Clear {
  const info = isRecord(work.content.info) ? work.content.info : {};
  const thumbnail = work.thumbnail === null ? {} : addressOf(work.thumbnail, 'thumbnail_file', 'thumbnail_url');
  return { ...work.content, ...addressOf(work.file, 'file', 'url'), info: { ...info, ...thumbnail } };
}

function addressOf(part: StoredAttachment, fileField: string, urlField: string): Clear {
  return part.encryption === null ? { [urlField]: part.url } : { [fileField]: { ...part.encryption, url: part.url } };
}

async function uploadParts(
  context: SessionContext,
  work: FileWork,
  hands: SendHands,
): Promise<Result<FileWork, BesaceError>> {
  let done = work;
  for (const part of ['thumbnail', 'file'] as const) {
    const attachment = done[part];
    if (attachment === null || attachment.url !== null) continue;
    const bytes = await hands.blob(attachment.blobId);
    if (bytes === null) return err({ code: 'storage-lost', detail: 'attachment' });
    const url = await uploadCiphertext(context, bytes, {
      signal: hands.signal,
      progress: part === 'file' ? hands.progress : () => {},
    });
    if (!url.ok) return url;
    done = { ...done, [part]: { ...attachment, url: url.value } };
    await hands.save(done);
  }
  return ok(done);
}

async function wireOf(
  context: SessionContext,
  item: QueuedItem,
  work: Exclude<OutboxWork, { kind: 'removal' }>,
): Outcome<Wire> {
  if (work.kind === 'state' && work.wire === 'clear' && !isContent(work.type)) {
    return ok({
      path: `state/${encodeURIComponent(work.type)}/${encodeURIComponent(work.stateKey)}`,
      content: work.content,
    });
  }
  if (work.kind === 'state' || work.kind === 'object') {
    const stateKey = work.kind === 'state' ? work.stateKey : work.objectId;
    const sealed = await context.crypto.encrypt(item.roomId, { type: work.type, stateKey, content: work.content });
    if (!sealed.ok) return sealed;
    const { type, content } = sealed.value;
    return ok({
      path: `state/${encodeURIComponent(type)}/${encodeURIComponent(sealed.value.stateKey ?? '')}`,
      content,
    });
  }
  const type = work.kind === 'event' ? work.type : work.kind === 'reaction' ? 'm.reaction' : 'm.room.message';
  const content = work.kind === 'file' ? fileContent(work) : work.content;
  const sealed = await context.crypto.encrypt(item.roomId, { type, content });
  if (!sealed.ok) return sealed;
  return ok({
    path: `send/${encodeURIComponent(sealed.value.type)}/${encodeURIComponent(item.id)}`,
    content: sealed.value.content,
  });
}

/** What people write: it leaves sealed, even if an older version queued it for the clear (T1). */
function isContent(type: string): boolean {
  return type === 'm.room.name' || type === 'm.room.topic' || type === 'm.room.avatar' || type.startsWith('fr.besace.');
}

async function put(
  context: SessionContext,
  path: string,
  body: Clear,
  item: QueuedItem,
  { signal }: SendHands,
): Outcome<EventId> {
  const room = encodeURIComponent(item.roomId);
  const answer = await context.http.json({
    method: 'PUT',
    path: `/_matrix/client/v3/rooms/${room}/${path}`,
    body,
    signal,
  });
  if (!answer.ok) return answer;
  const eventId = parseEventId(isRecord(answer.value) ? answer.value.event_id : undefined);
  return eventId.ok ? ok(eventId.value) : err({ code: 'server-nonsense', detail: 'event_id' });
}

/**
 * Whether the room is encrypted, once that is known: a room that the sync has not brought yet is opened and waited for, since
 * "not known to be encrypted" must never mean "in clear". What the crypto store remembers outlives what a server says.
 */
async function isEncrypted(context: SessionContext, roomId: RoomId, signal: AbortSignal): Outcome<boolean> {
  const remembered = await context.client.getCrypto()?.isEncryptionEnabledInRoom(roomId);
  // Stopped while the store was asked: nothing would end the wait.
  if (signal.aborted) return err({ code: 'cancelled' });
  const room = knownRoom(context, roomId) ?? (await waitForRoom(context, roomId, signal));
  if (room === null) return err({ code: 'offline', detail: 'room-not-known-yet' });
  return ok(remembered === true || room.encrypted);
}

function knownRoom(context: SessionContext, roomId: RoomId): KnownRoom | null {
  const room = context.rooms.get(roomId);
  return room?.clearState('m.room.create') === undefined ? null : room;
}

function waitForRoom(context: SessionContext, roomId: RoomId, signal: AbortSignal): Promise<KnownRoom | null> {
  return new Promise((resolve) => {
    const end = () => {
      cancel();
      close();
      stop();
      signal.removeEventListener('abort', end);
      resolve(knownRoom(context, roomId));
    };
    const cancel = context.platform.clock.after(ROOM_PATIENCE_MS, end);
    signal.addEventListener('abort', end);
    const close = context.sync.openRoom(roomId, { timelineLimit: 1 });
    const stop = context.rooms.onChange(roomId, () => {
      if (knownRoom(context, roomId) !== null) end();
    });
  });
}
