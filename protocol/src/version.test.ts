import { describe, expect, it } from 'vitest';
import { kindOf, kinds } from './registry.ts';
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

describe('the registry', () => {
  it('finds every kind by its type, and nothing else', () => {
    for (const kind of kinds) expect(kindOf(kind.type)).toBe(kind);
    expect(new Set(kinds.map(({ type }) => type)).size).toBe(kinds.length);
    for (const type of ['fr.besace.unknown', '__proto__', 'constructor', '']) expect(kindOf(type)).toBeNull();
  });

  it('holds kinds of one name space, which the server never sees but as part of a packed key', () => {
    for (const { type } of kinds) expect(type).toMatch(/^fr\.besace\.[a-z]+$/);
  });
});
