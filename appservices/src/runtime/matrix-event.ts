import * as v from 'valibot';

/** What this service reads of an event that a homeserver pushed; the rest is dropped at the border and never stored. */
export type MatrixEvent = v.InferOutput<typeof matrixEvent>;
export type Transaction = v.InferOutput<typeof transaction>;

const id = v.pipe(v.string(), v.maxLength(255));
export const matrixEvent = v.object({
  type: v.pipe(v.string(), v.maxLength(255)),
  event_id: id,
  room_id: id,
  sender: id,
  state_key: v.optional(v.pipe(v.string(), v.maxLength(255))),
  content: v.record(v.string(), v.unknown()),
});

/** Matrix spec, Application Service API, `PUT /_matrix/app/v1/transactions/{txnId}`. Synapse puts at most 100 events in. */
export const transaction = v.object({ events: v.pipe(v.array(v.unknown()), v.maxLength(1000)) });

/** The events that parse. One that does not costs itself only (T7). */
export function eventsOf(body: Transaction): { events: MatrixEvent[]; unreadable: number } {
  const events: MatrixEvent[] = [];
  for (const candidate of body.events) {
    const parsed = v.safeParse(matrixEvent, candidate);
    if (parsed.success) events.push(parsed.output);
  }
  return { events, unreadable: body.events.length - events.length };
}
