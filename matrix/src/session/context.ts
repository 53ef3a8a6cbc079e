import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import type { MatrixClient } from 'matrix-js-sdk/lib/client.js';
import type { Account, ConnectionState, Membership, Outcome, Stop } from '../api/types.ts';
import type { LocalDb } from '../local/db.ts';
import type { Platform } from '../platform/platform.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Scope } from './scope.ts';

/**
 * What the modules of a signed-in session (timeline, outbox, media, objects) receive. One per session; it ends with `scope`.
 *
 * How a module registers: `besace.ts` calls `createOutbox(context)`, then `createTimeline(context, outbox)` and
 * `createObjects(context, outbox)`, and spreads what they return into `BesaceApi`. Each puts its ends into `context.scope`.
 */
export interface SessionContext {
  readonly account: Account;
  readonly platform: Platform;
  /** The SDK's client, for what has no port here. Never its rooms, timelines or merged views (trust.md, facts 1 to 5). */
  readonly client: MatrixClient;
  readonly http: HttpPort;
  readonly crypto: CryptoPort;
  readonly sync: SyncPort;
  readonly rooms: RoomsPort;
  /** Whom the person does not want to hear. */
  readonly ignored: { has(user: UserId): boolean; onChange(listener: () => void): Stop };
  readonly localDb: LocalDb;
  readonly scope: Scope;
}

// --- requests --------------------------------------------------------------------------------------------------------

export type HttpRequest = {
  readonly method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  /** From `/_matrix/...` on, each part already percent-encoded. */
  readonly path: string;
  readonly query?: Readonly<Record<string, string>>;
  /** JSON, or bytes to upload. */
  readonly body?: unknown;
  readonly contentType?: string;
  readonly signal?: AbortSignal;
  /** Milliseconds; 30,000 when not said. */
  readonly timeoutMs?: number;
  /** Longest answer that is read, bytes: `too-large` past it. Not bounded when not said. */
  readonly maxBytes?: number;
};

export interface HttpPort {
  /**
   * One request to the homeserver with the account's token, one try. The JSON is unparsed: parse it with a schema. Errors: `offline`,
   * `limited` (with `retryAfterMs`), `server-failed`, `server-nonsense` (not JSON), `signed-out`, `forbidden`, `not-found`, `too-large`,
   * `cancelled`, `invalid` (another M_ code, which is then in `detail`).
   */
  json(request: HttpRequest): Outcome<unknown>;
  /** The same, for media: the bytes as they came. */
  bytes(request: HttpRequest): Outcome<Uint8Array<ArrayBuffer>>;
}

// --- crypto ----------------------------------------------------------------------------------------------------------

/** An event that counts: it came out of decryption, from a device that its sender signed (T1, T2). */
export type ClearEvent = {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** The inner type. */
  readonly type: string;
  /** The inner state key, equal to the packed one on the wire; null for what is not state. */
  readonly stateKey: string | null;
  /** The inner content alone: a relation that was only on the wire is NOT in it, see `wireRelation`. */
  readonly content: Readonly<Record<string, unknown>>;
  /** `m.relates_to` as it stood outside the ciphertext, where the inside has none: unproven, for chat from other clients only. */
  readonly wireRelation: Readonly<Record<string, unknown>> | null;
  /** Server time, ms, for display. */
  readonly at: number;
  /** `signed`: the key came from a signed device of the sender. `restored`: it came from our backup or an invitation, on whose word we take it. */
  readonly proof: 'signed' | 'restored';
};

export type Locked = {
  readonly why: 'waiting-for-key' | 'before-you-joined' | 'refused-sender' | 'not-encrypted' | 'unreadable';
  /** The megolm session that is missing; `onRoomKeys` names it when it comes. */
  readonly sessionId: string | null;
  /** For logs: never content. */
  readonly detail: string;
};

export type RoomKey = { readonly roomId: RoomId; readonly sessionId: string };

/** `history`: read on nobody's demand. What does not open is then neither counted (T6) nor asked for. */
export type DecryptOptions = { readonly history?: boolean };

export interface CryptoPort {
  /**
   * Decrypts one event under signed-devices-only isolation. Never throws for what a server or a sender did. Clear events give `not-encrypted`; a ciphertext
   * already seen under another event id gives `unreadable` (replay). Asks the key backup for a missing key by itself and counts T6.
   */
  decrypt(event: RawEvent, options?: DecryptOptions): Promise<Result<ClearEvent, Locked>>;
  /**
   * Encrypts for the room's members of now, sharing the room key first where needed. With `stateKey` the result is encrypted state: PUT it
   * to `/state/m.room.encrypted/<stateKey of the result>`.
   */
  encrypt(
    roomId: RoomId,
    event: {
      readonly type: string;
      readonly stateKey?: string;
      readonly content: Readonly<Record<string, unknown>>;
    },
  ): Outcome<{ readonly type: string; readonly stateKey: string | null; readonly content: Record<string, unknown> }>;
  /** Shares keys ahead, when the person begins to type. */
  prepareToEncrypt(roomId: RoomId): void;
  /** Keys that arrived or got better: try what is locked again. An empty `sessionId` means any session of the room. */
  onRoomKeys(listener: (keys: readonly RoomKey[]) => void): Stop;
}

// --- sync ------------------------------------------------------------------------------------------------------------

export type TimelineBatch = {
  /** Oldest first, raw: pass the encrypted ones to `crypto.decrypt`. */
  readonly events: readonly RawEvent[];
  /** Events before these are missing from what came so far: drop what was held and page back from `prevBatch`. */
  readonly limited: boolean;
  /** Token for `GET /messages?dir=b&from=`, for what is before `events`. */
  readonly prevBatch: string | null;
  /** The room's first batch since it was opened or since the connection was made anew. */
  readonly initial: boolean;
};

export type StateBatch = {
  /** State events: of `required_state`, and those of the timeline. In no order that counts. */
  readonly events: readonly RawEvent[];
  /** True when the server could not say all that changed: read `GET /state` again. */
  readonly gap: boolean;
};

export type Receipt = {
  readonly user: UserId;
  readonly eventId: EventId;
  readonly at: number;
  /** Of which thread it speaks (MSC3771): its root, `main` for what is outside of threads, null for everything. */
  readonly thread: EventId | 'main' | null;
};

/** A device that appeared for a member of an encrypted room, or, with null, an identity that is another than the one we knew (T9). */
export type NewDevice = { readonly user: UserId; readonly deviceId: string | null; readonly at: number };

export type OpenRoomOptions = {
  /** How many timeline events the first answer brings, 20 when not said. */
  readonly timelineLimit?: number;
  /** Also send every encrypted state event (`["m.room.encrypted","*"]`): once when opened, and what changed after gaps. */
  readonly encryptedState?: boolean;
};

export interface SyncPort {
  /** Puts the room on screen: its own subscription. Openings add up; the room is closed when all were stopped. */
  openRoom(roomId: RoomId, options?: OpenRoomOptions): Stop;
  onTimelineEvents(roomId: RoomId, listener: (batch: TimelineBatch) => void): Stop;
  /** Of every room, as it comes: nothing that came before. */
  onAnyTimelineEvents(listener: (news: { readonly roomId: RoomId; readonly batch: TimelineBatch }) => void): Stop;
  onStateEvents(roomId: RoomId, listener: (batch: StateBatch) => void): Stop;
  onReceipts(roomId: RoomId, listener: (receipts: readonly Receipt[]) => void): Stop;
  onTyping(roomId: RoomId, listener: (users: readonly UserId[]) => void): Stop;
  onNewDevices(listener: (devices: readonly NewDevice[]) => void): Stop;
  /** Starts with what is now. */
  watchConnection(listener: (connection: ConnectionState) => void): Stop;
}

// --- rooms -----------------------------------------------------------------------------------------------------------

export type KnownMember = {
  readonly userId: UserId;
  readonly name: string;
  readonly membership: Membership;
  readonly outsider: boolean;
};

/** What is known of a room now, from its clear state events. */
export interface KnownRoom {
  readonly roomId: RoomId;
  readonly membership: Membership;
  readonly encrypted: boolean;
  /** The clear `m.room.create`, `m.room.power_levels`, ...: undefined where it has not come. */
  clearState(type: string, stateKey?: string): RawEvent | undefined;
  member(user: UserId): KnownMember | undefined;
  /** Those known so far: all of them once `ensureMembers` resolved. */
  members(): readonly KnownMember[];
  readonly creators: readonly UserId[];
}

export interface RoomsPort {
  get(roomId: RoomId): KnownRoom | undefined;
  /** Loads all members once (`GET /members`), then they are kept current. */
  ensureMembers(roomId: RoomId): Outcome<void>;
  /** Called after anything in `KnownRoom` changed. */
  onChange(roomId: RoomId, listener: (room: KnownRoom) => void): Stop;
  isOutsider(user: UserId): boolean;
}

// --- outbox ----------------------------------------------------------------------------------------------------------

// What the timeline, the objects and the rooms ask of the send queue (T8) is `Outbox` in `../outbox/outbox.ts`: they `enqueue` work, and hear
// `sent` with the event id or `refused` from `on`. It encrypts and sends by itself.
export type { Outbox } from '../outbox/outbox.ts';
