/** A network that loses requests, loses answers, and goes away for a while, by the same dice each time. */
export type FlakyNetwork = {
  readonly fetch: typeof globalThis.fetch;
  /** From now on, requests and answers get lost: before, every one arrives. */
  disturb(): void;
  /** From now on, every request arrives. */
  heal(): void;
};

const LOST_REQUEST = 0.02;
const LOST_ANSWER = 0.01;
/** Of the requests, those with which the network goes away, and for how long, ms. */
const OUTAGE = 0.003;
const OUTAGE_MS = 2_000;

/** @param random at least 0 and less than 1, from a seed */
export function flakyNetwork(random: () => number): FlakyNetwork {
  let healed = true;
  let goneUntil = 0;
  const broken = () => new TypeError('fetch failed');
  return {
    async fetch(input, init) {
      if (healed) return globalThis.fetch(input, init);
      if (performance.now() < goneUntil) throw broken();
      const dice = random();
      if (dice < OUTAGE) goneUntil = performance.now() + OUTAGE_MS;
      if (dice < OUTAGE + LOST_REQUEST) throw broken();
      const answer = await globalThis.fetch(input, init);
      if (dice > 1 - LOST_ANSWER && !healed) {
        await answer.body?.cancel();
        throw broken();
      }
      return answer;
    },
    disturb() {
      healed = false;
    },
    heal() {
      healed = true;
    },
  };
}

/** Numbers from a seed (mulberry32), so that a life can be lived again. */
export function seeded(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}
