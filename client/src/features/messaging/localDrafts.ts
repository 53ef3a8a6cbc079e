import { type EventId, parseEventId } from '@besace/protocol/core/ids';
import * as v from 'valibot';
import { docOfText, parseRichDoc, type RichDoc } from '../../ui/editor/richDoc.ts';
import { type Draft, type Drafts, draftKey, type Mode } from './drafts.ts';

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

/** A rich text, or the plain one that an earlier version kept. */
const docSchema = v.pipe(
  v.unknown(),
  v.rawTransform<unknown, RichDoc>(({ dataset, addIssue, NEVER }) => {
    const doc = typeof dataset.value === 'string' ? docOfText(dataset.value) : parseRichDoc(dataset.value);
    if (doc !== null) {
      return doc;
    }
    addIssue({ message: 'not a text' });
    return NEVER;
  }),
);

const modeSchema: v.GenericSchema<unknown, Mode> = v.variant('kind', [
  v.object({ kind: v.literal('new') }),
  v.object({ kind: v.literal('reply'), to: eventIdSchema, senderName: v.string(), text: v.string() }),
  v.object({ kind: v.literal('edit'), of: eventIdSchema, original: docSchema, before: docSchema }),
]);

const filesSchema = v.array(v.object({ name: v.string(), size: v.number(), caption: v.string() }));

const askSchema = v.optional(v.object({ urgent: v.boolean() }));

const draftSchema: v.GenericSchema<unknown, Draft> = v.union([
  v.object({
    doc: docSchema,
    mode: modeSchema,
    files: v.fallback(filesSchema, []),
    ask: v.fallback(askSchema, undefined),
  }),
  v.pipe(
    v.object({ text: docSchema, mode: modeSchema }),
    v.transform(({ text, mode }) => ({ doc: text, mode, files: [] })),
  ),
]);

/** Drafts in the encrypted local copy (MSG-8). What does not parse counts as no draft. */
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
    async load(place) {
      await last;
      const parsed = v.safeParse(draftSchema, await (await open()).get('drafts', draftKey(place)));
      return parsed.success ? parsed.output : null;
    },
    save: (place, draft) => write({ store: 'drafts', key: draftKey(place), value: draft }),
    remove: (place) => write({ store: 'drafts', key: draftKey(place), remove: true }),
  };
}
