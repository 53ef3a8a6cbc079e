import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { parseEventId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import type { Drafts, Mode } from './drafts.ts';

/** What drafts need of the encrypted local copy of this device (`LocalDb` of `matrix/`). */
export type DraftStore = {
  get(store: 'drafts', key: string): Promise<unknown>;
  write(
    changes: readonly (
      | { readonly store: 'drafts'; readonly key: string; readonly value: unknown }
      | { readonly store: 'drafts'; readonly key: string; readonly remove: true }
    )[],
  ): Promise<void>;
};

const eventIdSchema = v.pipe(
  v.string(),
  v.rawTransform<string, EventId>(({ dataset, addIssue, NEVER }) => {
    const parsed = parseEventId(dataset.value);
    if (parsed.ok) {
      return parsed.value;
    }
    addIssue({ message: 'not an event id' });
    return NEVER;
  }),
);

const modeSchema: v.GenericSchema<unknown, Mode> = v.variant('kind', [
  v.object({ kind: v.literal('new') }),
  v.object({ kind: v.literal('reply'), to: eventIdSchema, senderName: v.string(), text: v.string() }),
  v.object({ kind: v.literal('edit'), of: eventIdSchema, original: v.string(), before: v.string() }),
]);

const draftSchema = v.object({ text: v.string(), mode: modeSchema });

/** Drafts in the encrypted local copy (MSG-8). What does not parse, from an older Besace for instance, counts as no draft. */
export function localDrafts(open: () => Promise<DraftStore>): Drafts {
  /** Writes go one after the other, so that the last is the one that stays. */
  let last: Promise<void> = Promise.resolve();

  function write(change: Parameters<DraftStore['write']>[0][number]): Promise<void> {
    const next = last.then(async () => (await open()).write([change]));
    // The caller hears of a failure; the next write must not fail because of it.
    last = next.catch(() => undefined);
    return next;
  }

  return {
    async load(roomId: RoomId) {
      const parsed = v.safeParse(draftSchema, await (await open()).get('drafts', roomId));
      return parsed.success ? parsed.output : null;
    },
    save: (roomId, draft) => write({ store: 'drafts', key: roomId, value: draft }),
    remove: (roomId) => write({ store: 'drafts', key: roomId, remove: true }),
  };
}
