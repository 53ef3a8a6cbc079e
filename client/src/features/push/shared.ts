import * as v from 'valibot';
import { type Choices, parseChoices, USUAL } from './quiet.ts';

/*
 * What the page leaves for the service worker, which may run when there is no page: the choices, the language, and sentences. In a cache, which is
 * the one place that both read without a database of their own. Nothing of what people say.
 */
const PLACE = 'besace-notify';
const ADDRESS = '/besace-notify.json';

const shared = v.object({
  choices: v.unknown(),
  /** Sentences in the person's language: `app.*` of the feature's strings. */
  words: v.record(v.string(), v.string()),
  /** Null until a page has told. */
  outsiderServers: v.optional(v.nullable(v.array(v.string())), null),
});

export type Shared = {
  readonly choices: Choices;
  readonly words: Readonly<Record<string, string>>;
  /** Whose people are outsiders; null where it is not known. */
  readonly outsiderServers: readonly string[] | null;
};

/** One after the other: each is written on what the one before left. */
let line: Promise<void> = Promise.resolve();

export function tellServiceWorker(
  change: Partial<Shared>,
  storage: CacheStorage | undefined = globalThis.caches,
): Promise<void> {
  if (storage === undefined) return Promise.resolve();
  const told = line.then(() => write(change, storage));
  line = told.catch(() => undefined);
  return told;
}

async function write(change: Partial<Shared>, storage: CacheStorage): Promise<void> {
  const next = { ...(await readShared(storage)), ...change };
  const cache = await storage.open(PLACE);
  await cache.put(ADDRESS, new Response(JSON.stringify(next), { headers: { 'content-type': 'application/json' } }));
}

export async function readShared(storage: CacheStorage): Promise<Shared> {
  const answer = await (await storage.open(PLACE)).match(ADDRESS);
  const parsed = v.safeParse(shared, await answer?.json());
  if (!parsed.success) return { choices: USUAL, words: {}, outsiderServers: null };
  const { choices, words, outsiderServers } = parsed.output;
  return { choices: parseChoices(choices), words, outsiderServers };
}
