import fc from 'fast-check';
import { describe, expect, it, vi } from 'vitest';
import { anyHostile } from '../testing/arbitraries.ts';
import { LAW_TIMEOUT, runs } from '../testing/runs.ts';
import { compareOrdered, isOrderKey, MAX_ORDER_KEY, type Ordered, orderKeys, placeAt } from './order.ts';

vi.setConfig({ testTimeout: LAW_TIMEOUT });

/** The siblings after a placement, newcomer included. */
function apply(siblings: readonly Ordered[], index: number): readonly Ordered[] {
  const { order, rekeyed } = placeAt(siblings, index);
  const fresh = new Map(rekeyed.map((item) => [item.id, item]));
  return [...siblings.map((item) => fresh.get(item.id) ?? item), { id: 'new', order }].sort(compareOrdered);
}

const HARD_KEYS = [
  'a0',
  'a0',
  'a0',
  'Zz',
  'a1',
  'zzzzzzzzzzzzzzzzzzzzzzzzzzz',
  `a0${'V'.repeat(126)}`,
  `a0${'z'.repeat(126)}`,
];
const anySiblings = fc
  .array(fc.constantFrom(...HARD_KEYS, ...orderKeys(10)), { maxLength: 20 })
  .map((keys) => keys.map((order, index) => ({ id: `id${index}`, order })).sort(compareOrdered));

describe('order', () => {
  it('[CORE-9] puts a newcomer where it was asked for, whatever the keys of the others', () => {
    fc.assert(
      fc.property(anySiblings, fc.integer({ min: -2, max: 25 }), (siblings, index) => {
        const after = apply(siblings, index);
        const at = Math.max(0, Math.min(siblings.length, index));
        const expected = siblings.map(({ id }) => id);
        expected.splice(at, 0, 'new');
        expect(after.map(({ id }) => id)).toEqual(expected);
        for (const { order } of after) expect(isOrderKey(order)).toBe(true);
      }),
      { numRuns: runs() },
    );
  });

  it('[CORE-9] gives no one else a new key where there is room', () => {
    const siblings = orderKeys(100).map((order, index) => ({ id: `${index}`, order }));
    for (let index = 0; index <= 100; index += 1) expect(placeAt(siblings, index).rekeyed).toEqual([]);
  });

  it('[CORE-9] makes room between two equal keys by giving one neighbour a new one', () => {
    const siblings = ['a1', 'a1', 'a2'].map((order, index) => ({ id: `${index}`, order }));
    expect(placeAt(siblings, 1).rekeyed).toHaveLength(1);
  });

  it('[CORE-9] goes on after thousands of insertions at one place', () => {
    let siblings: readonly Ordered[] = orderKeys(3).map((order, index) => ({ id: `${index}`, order }));
    for (let round = 0; round < 2_000; round += 1) {
      siblings = apply(siblings, 1).map((item) => (item.id === 'new' ? { ...item, id: `n${round}` } : item));
    }
    expect(siblings).toHaveLength(2_003);
    expect(siblings[1]?.id).toBe('n1999');
    for (const { order } of siblings) expect(order.length).toBeLessThanOrEqual(MAX_ORDER_KEY);
  });

  it('[CORE-9] breaks ties by id, the same for everyone', () => {
    const pair = [
      { id: 'b', order: 'a0' },
      { id: 'a', order: 'a0' },
    ];
    expect([...pair].sort(compareOrdered)).toEqual([...pair].reverse().sort(compareOrdered));
  });

  it('[T3] knows a good key from any other text, and never throws', () => {
    for (const good of ['a0', 'Zz', 'a0V', 'b00']) expect(isOrderKey(good)).toBe(true);
    const bad = [
      '',
      'a',
      'a00',
      '0a',
      'é0',
      'a0 ',
      `a0${'V'.repeat(127)}`,
      'A00000000000000000000000000',
      'b0',
      '__proto__',
    ];
    for (const key of bad) expect(isOrderKey(key)).toBe(false);
    fc.assert(
      fc.property(anyHostile, (value) => {
        if (typeof value === 'string') isOrderKey(value);
      }),
      { numRuns: runs() },
    );
  });
});
