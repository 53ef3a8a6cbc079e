import { type ChildProcessWithoutNullStreams, spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import type { RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { WorldAccount } from '../src/harness/connect.ts';
import { eventually } from '../src/harness/http.ts';
import { peersPython } from './install.ts';

/** An event of a room as somebody else's client read it. */
export type PeerEvent = v.InferOutput<typeof eventSchema>;

/** Somebody at another Matrix client, in a process of its own. */
export interface Peer {
  readonly userId: string;
  readonly deviceId: string;
  /**
   * Signs its device: with the recovery code of the account, or, where that is null and the client can, with an identity that it makes.
   */
  sign(code: string | null): Promise<void>;
  join(roomId: RoomId): Promise<void>;
  /** Encrypts what the client encrypts. Gives the event id. */
  send(roomId: RoomId, type: string, content: object): Promise<string>;
  redact(roomId: RoomId, eventId: string): Promise<string>;
  /** Encrypts and uploads; gives the EncryptedFile of the Matrix spec. */
  upload(text: string, name: string, mimetype: string): Promise<object>;
  /** The text in a file of somebody else's. */
  download(file: unknown): Promise<string>;
  /** `null` for a room without a name. */
  roomName(roomId: RoomId): Promise<string | null>;
  /** The first event that it read, or reads, for which this holds. */
  read(wanted: (event: PeerEvent) => boolean): Promise<PeerEvent>;
  readonly events: readonly PeerEvent[];
  stop(): Promise<void>;
}

const eventSchema = v.object({
  event_id: v.string(),
  room_id: v.string(),
  sender: v.string(),
  type: v.string(),
  content: v.record(v.string(), v.unknown()),
  redacts: v.nullish(v.string()),
  state_key: v.nullish(v.string()),
  /** Whether it came out of a ciphertext. */
  encrypted: v.boolean(),
});
const lineSchema = v.union([
  v.object({ event: eventSchema }),
  v.object({ id: v.number(), value: v.unknown() }),
  v.object({ id: v.number(), error: v.string() }),
]);
const signedIn = v.object({ user_id: v.string(), device_id: v.string() });

/** Starts a client (`peers/<kind>_peer.py`) and signs it in on a new device of the account. */
export async function startPeer(kind: 'nio' | 'mautrix', account: WorldAccount): Promise<Peer> {
  const script = fileURLToPath(new URL(`peers/${kind}_peer.py`, import.meta.url));
  const child = spawn(peersPython(), ['-u', script], { stdio: ['pipe', 'pipe', 'pipe'] });
  const conversation = converse(child);
  const { ask, events } = conversation;
  const { clientUrl: homeserver, localpart: user, password } = account;
  const me = v.parse(signedIn, await ask('sign_in', { homeserver, user, password }));
  return {
    userId: me.user_id,
    deviceId: me.device_id,
    events,
    sign: async (code) => void (await ask('sign', { code })),
    join: async (room_id) => void (await ask('join', { room_id })),
    send: async (room_id, type, content) => v.parse(v.string(), await ask('send', { room_id, type, content })),
    redact: async (room_id, event_id) => v.parse(v.string(), await ask('redact', { room_id, event_id })),
    upload: async (text, name, mimetype) =>
      v.parse(v.record(v.string(), v.unknown()), await ask('upload', { text, name, mimetype })),
    download: async (file) => v.parse(v.string(), await ask('download', { file })),
    roomName: async (room_id) => v.parse(v.nullable(v.string()), await ask('room_name', { room_id })),
    read: (wanted) => eventually(async () => events.find(wanted), 30_000),
    stop: conversation.stop,
  };
}

function converse(child: ChildProcessWithoutNullStreams) {
  const events: PeerEvent[] = [];
  const waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  let asked = 0;
  let complaints = '';
  child.stderr.on('data', (chunk: Buffer) => {
    complaints = `${complaints}${chunk}`.slice(-4_000);
  });
  createInterface({ input: child.stdout }).on('line', (text) => {
    const line = v.parse(lineSchema, JSON.parse(text));
    if ('event' in line) return void events.push(line.event);
    const question = waiting.get(line.id);
    waiting.delete(line.id);
    if ('error' in line) question?.reject(new Error(`${line.error}\n${complaints}`));
    else question?.resolve(line.value);
  });
  const closed = new Promise<void>((resolve) => child.on('close', () => resolve()));
  child.on('close', () => {
    for (const { reject } of waiting.values()) reject(new Error(`the client ended: ${complaints}`));
  });
  return {
    events,
    ask: (what: string, about: object) =>
      new Promise<unknown>((resolve, reject) => {
        asked += 1;
        waiting.set(asked, { resolve, reject });
        child.stdin.write(`${JSON.stringify({ id: asked, do: what, ...about })}\n`);
      }),
    async stop() {
      child.stdin.end();
      const kill = setTimeout(() => child.kill('SIGKILL'), 5_000);
      await closed;
      clearTimeout(kill);
    },
  };
}
