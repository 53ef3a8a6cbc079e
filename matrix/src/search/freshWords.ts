import type { Posting } from './block.ts';
import { mergePostings } from './segment.ts';
import type { Slices } from './slices.ts';

/** The words of documents that are in no segment yet. */
export interface FreshWords {
  add(doc: number, words: Iterable<string>): void;
  /** How many words of documents. */
  readonly postings: number;
  visit(prefix: string, visit: (doc: number) => void): void;
  /** The words of the documents before `to`, sorted, without those that `keep` refuses. */
  before(to: number, slices: Slices, keep: (doc: number) => boolean): Promise<AsyncIterable<Posting>>;
  /** Forgets the documents before `to`. */
  drop(to: number): void;
}

/** Words that are sorted in one slice. */
const RUN = 4_096;

export function createFreshWords(): FreshWords {
  let byTerm = new Map<string, number[]>();
  let postings = 0;
  return {
    add(doc, words) {
      for (const word of words) {
        const docs = byTerm.get(word);
        if (docs === undefined) byTerm.set(word, [doc]);
        else docs.push(doc);
        postings += 1;
      }
    },
    get postings() {
      return postings;
    },
    visit(prefix, visit) {
      for (const [term, docs] of byTerm) if (term.startsWith(prefix)) for (const doc of docs) visit(doc);
    },
    async before(to, slices, keep) {
      const terms = [...byTerm.keys()];
      const runs: Posting[][] = [];
      for (let at = 0; at < terms.length; at += RUN) {
        const run = terms.slice(at, at + RUN).sort();
        runs.push(run.map((term) => ({ term, docs: (byTerm.get(term) ?? []).filter((doc) => doc < to) })));
        await slices.breathe();
      }
      return mergePostings(runs, keep);
    },
    drop(to) {
      const kept = new Map<string, number[]>();
      postings = 0;
      for (const [term, docs] of byTerm) {
        const after = docs.filter((doc) => doc >= to);
        if (after.length > 0) kept.set(term, after);
        postings += after.length;
      }
      byTerm = kept;
    },
  };
}
