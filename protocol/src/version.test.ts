import { describe, expect, it } from 'vitest';
import { schemaHash, WIRE_HISTORY, WIRE_VERSION } from './version.ts';

describe('the wire version', () => {
  it('[CORE-8] is pinned: a change of any schema asks for a new entry in WIRE_HISTORY', () => {
    expect(schemaHash()).toBe(WIRE_HISTORY.at(-1)?.hash);
  });

  it('[CORE-8] counts up by one and says what each version brought', () => {
    expect(WIRE_HISTORY.map(({ version }) => version)).toEqual(WIRE_HISTORY.map((_, index) => index + 1));
    expect(WIRE_HISTORY.every(({ what }) => what !== '')).toBe(true);
    expect(WIRE_VERSION).toBe(WIRE_HISTORY.length);
  });
});
