import { createCipheriv, createDecipheriv, createHash, randomBytes } from 'node:crypto';
import { crossSign, plainClient, stopPlainClient } from '@besace/matrix/upstream/sdk';
import * as v from 'valibot';
import type { WorldAccount } from '../src/harness/connect.ts';
import { eventually } from '../src/harness/http.ts';
import type { Peer, PeerEvent } from './peer.ts';

const fileSchema = v.object({
  url: v.string(),
  key: v.object({ k: v.string() }),
  iv: v.string(),
  hashes: v.object({ sha256: v.string() }),
});

/** The engine of Element and Tchap, as its documentation says to use it: nothing of Besace, whose account it does not share. */
export async function startSdkPeer(account: WorldAccount): Promise<Peer> {
  const client = await plainClient(account);
  const read = new Map<string, PeerEvent>();
  const look = () => {
    for (const room of client.getRooms()) {
      for (const event of [
        ...room.getLiveTimeline().getEvents(),
        ...room.getThreads().flatMap(({ events }) => events),
      ]) {
        const eventId = event.getId();
        const sender = event.getSender();
        if (eventId === undefined || sender === undefined || event.isSending()) continue;
        const encrypted = event.isEncrypted() && !event.isBeingDecrypted() && !event.isDecryptionFailure();
        read.set(eventId, {
          event_id: eventId,
          room_id: room.roomId,
          sender,
          type: encrypted ? event.getType() : event.getWireType(),
          content: encrypted
            ? withRelation(event.getOriginalContent(), event.getWireContent())
            : event.getWireContent(),
          redacts: event.event.redacts ?? null,
          state_key: event.getStateKey() ?? null,
          encrypted,
        });
      }
    }
    return [...read.values()];
  };
  await client.startClient({ threadSupport: true });
  return {
    userId: account.userId,
    deviceId: account.deviceId,
    get events() {
      return look();
    },
    sign: () => crossSign(client, account),
    async join(roomId) {
      await client.joinRoom(roomId);
      await eventually(async () => client.getCrypto()?.isEncryptionEnabledInRoom(roomId));
    },
    send: async (roomId, type, content) => (await client.sendEvent(roomId, type as never, content as never)).event_id,
    redact: async (roomId, eventId) => (await client.redactEvent(roomId, eventId)).event_id,
    async upload(text) {
      const [key, iv] = [randomBytes(32), Buffer.concat([randomBytes(8), Buffer.alloc(8)])];
      const sealed = createCipheriv('aes-256-ctr', key, iv).update(text);
      const { content_uri: url } = await client.uploadContent(new Blob([new Uint8Array(sealed)]));
      const k = key.toString('base64url');
      const hashes = { sha256: sha256(sealed) };
      return {
        v: 'v2',
        url,
        iv: unpadded(iv),
        hashes,
        key: { k, alg: 'A256CTR', ext: true, kty: 'oct', key_ops: ['encrypt', 'decrypt'] },
      };
    },
    async download(input) {
      const file = v.parse(fileSchema, input);
      const url = client.mxcUrlToHttp(file.url, undefined, undefined, undefined, true, true, true);
      const headers = { authorization: `Bearer ${account.accessToken}` };
      const sealed = Buffer.from(await (await fetch(String(url), { headers })).arrayBuffer());
      if (sha256(sealed) !== file.hashes.sha256) throw new Error('the file was changed');
      const key = Buffer.from(file.key.k, 'base64url');
      return createDecipheriv('aes-256-ctr', key, Buffer.from(file.iv, 'base64')).update(sealed).toString('utf8');
    },
    roomName: async (roomId) =>
      client.getRoom(roomId)?.currentState.getStateEvents('m.room.name', '')?.getContent().name ?? null,
    read: (wanted) => eventually(async () => look().find(wanted), 30_000),
    stop: async () => stopPlainClient(client),
  };
}

/** What the other clients do by themselves: the relation beside the ciphertext where there is none inside. */
function withRelation(clear: Record<string, unknown>, wire: Record<string, unknown>): Record<string, unknown> {
  const relation = clear['m.relates_to'] ?? wire['m.relates_to'];
  return relation === undefined ? clear : { ...clear, 'm.relates_to': relation };
}

function sha256(bytes: Buffer): string {
  return unpadded(createHash('sha256').update(bytes).digest());
}

function unpadded(bytes: Buffer): string {
  return bytes.toString('base64').replace(/=+$/, '');
}
