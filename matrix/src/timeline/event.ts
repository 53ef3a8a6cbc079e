import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { ClearEvent } from '@besace/protocol/core/relations';
import type { Locked } from '../session/context.ts';
import { isRecord, type RawEvent } from '../sync/rawEvent.ts';

export type Content = Readonly<Record<string, unknown>>;

/** What we know of what an event says: never the SDK's merged view (T1). */
export type Reading =
  | {
      readonly kind: 'clear';
      /** The inner type where it was encrypted. */
      readonly type: string;
      readonly content: Content;
      /** Whether type and content came out of decryption. */
      readonly encrypted: boolean;
      /** `m.relates_to` beside the ciphertext, where the inside has none. */
      readonly wireRelation: Content | null;
      /** For state in clear: what was there before, as the server says. For the sentence only. */
      readonly previous: Content | null;
      /**
       * Of what was opened by a key from the backup or an invitation: nothing in it proves who wrote it (T2). Kept as it came, to be read again
       * when more is known of the devices.
       */
      readonly restored: RawEvent | null;
    }
  /** The raw event is kept, to be tried again when its key comes (T6). */
  | { readonly kind: 'locked'; readonly why: Locked['why']; readonly sessionId: string | null; readonly raw: RawEvent }
  /** The server gave it without its content: somebody removed it before we read it. */
  | { readonly kind: 'removed' }
  /** Not an event of the room: a device that appeared for a member, or null for another identity (T9), at the place where we saw it appear. */
  | { readonly kind: 'device'; readonly deviceId: string | null };

/** One event at its place in the room's stream. JSON, since the local copy keeps it. */
export type TimelineEvent = {
  readonly eventId: EventId;
  readonly roomId: RoomId;
  readonly sender: UserId;
  /** Server time, ms, for display (T4). */
  readonly at: number;
  /** The inner state key where it was encrypted; null for what is not state. */
  readonly stateKey: string | null;
  /** Of an event that this device sent: what its local echo is known by. */
  readonly transactionId: string | null;
  readonly reading: Reading;
};

/** The event as the relation rules of the protocol take it; null where its content is not known. */
export function asClear(event: TimelineEvent): ClearEvent | null {
  const { reading } = event;
  if (reading.kind !== 'clear') return null;
  return {
    eventId: event.eventId,
    roomId: event.roomId,
    sender: event.sender,
    type: reading.type,
    isState: event.stateKey !== null,
    encrypted: reading.encrypted,
    content: reading.content,
    wireRelation: reading.wireRelation,
  };
}

/** Whether it names somebody or the whole room: by the list of those it names, never by its words (MSC3952). */
export function namesPerson({ reading }: TimelineEvent, user: UserId): boolean {
  const named = reading.kind === 'clear' ? reading.content['m.mentions'] : undefined;
  if (!isRecord(named)) return false;
  return named.room === true || (Array.isArray(named.user_ids) && named.user_ids.includes(user));
}
