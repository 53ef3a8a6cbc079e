import { parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { ScheduledMessage } from '../api/types.ts';
import { roomIdSchema } from '../local/ids.ts';

/** A message that waits for its time, as the vault keeps it. */
export type LaterItem = {
  readonly id: string;
  readonly roomId: RoomId;
  /** ms since the Unix epoch. */
  readonly due: number;
  /** Clear `m.room.message` content. */
  readonly content: Readonly<Record<string, unknown>>;
  /** The device that answers for it. */
  readonly made: string;
  readonly hold: Hold | null;
  /** Set when the server let it go and it did not arrive. */
  readonly lost: boolean;
};

/** What the server was given. `delayId` is null until its answer is known: it may have it or not. */
export type Hold = {
  readonly delayId: string | null;
  /** The ciphertext, by which it is known again in the server's list and in the room. */
  readonly sealed: string;
  /** For whom it was sealed. */
  readonly members: string;
  /** It was asked to be taken back: once the server no longer has it, and it is not in the room, nothing of it leaves from there. */
  readonly recalled?: true;
};

/** How far ahead one can schedule, ms: a year. */
export const FURTHEST_MS = 366 * 24 * 3_600_000;

const schema = v.object({
  room: roomIdSchema,
  due: v.number(),
  content: v.record(v.string(), v.unknown()),
  made: v.string(),
  hold: v.nullable(
    v.object({
      delayId: v.nullable(v.string()),
      sealed: v.string(),
      members: v.string(),
      recalled: v.exactOptional(v.literal(true)),
    }),
  ),
  lost: v.optional(v.boolean(), false),
});

/** Null for what cannot be read (T7). */
export function parseItem(id: string, value: unknown): LaterItem | null {
  const parsed = v.safeParse(schema, value);
  if (!parsed.success) return null;
  const { room, ...rest } = parsed.output;
  return { id, roomId: room, ...rest };
}

export function itemsIn(values: ReadonlyMap<string, unknown>): readonly LaterItem[] {
  const items = [...values].flatMap(([id, value]) => parseItem(id, value) ?? []);
  return items.sort((a, b) => a.due - b.due || (a.id < b.id ? -1 : 1));
}

export function toValue({ id: _, roomId, ...rest }: LaterItem): Record<string, unknown> {
  return { room: roomId, ...rest };
}

export function shown(item: LaterItem, device: string): ScheduledMessage {
  const { id, roomId, due, content, hold, made, lost } = item;
  return {
    id,
    roomId,
    due,
    text: typeof content.body === 'string' ? content.body : '',
    heldBy: hold !== null ? 'server' : made === device ? 'this-device' : 'other-device',
    problem: lost ? { code: 'not-found', detail: 'not-delivered' } : null,
  };
}

const delayedSchema = v.object({
  delayed_events: v.array(v.unknown()),
});
const oneSchema = v.object({
  delay_id: v.string(),
  room_id: v.string(),
  content: v.object({ ciphertext: v.string() }),
});

/** What the server holds for me (MSC4140): the id of each, by its ciphertext. Null when the answer is none. */
export function delayedIn(answer: unknown): ReadonlyMap<string, string> | null {
  const parsed = v.safeParse(delayedSchema, answer);
  if (!parsed.success) return null;
  const held = new Map<string, string>();
  for (const one of parsed.output.delayed_events) {
    const known = v.safeParse(oneSchema, one);
    if (!known.success || !parseRoomId(known.output.room_id).ok) continue;
    held.set(known.output.content.ciphertext, known.output.delay_id);
  }
  return held;
}
