import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { emptyFold, type Folded, fold, foldVersion, isRollback, relate } from '../core/fold.ts';
import { measureJson } from '../core/json.ts';
import { type ObjectKind, type ObjectVersion, SINGLETON_ID } from '../core/kind.ts';
import { withPrev } from '../core/prev.ts';
import { anyEventId, anyHostile, anyUser, damaged, eventId, OUTSIDER, READER } from './arbitraries.ts';
import { canonical } from './canonical.ts';
import { LAW_TIMEOUT, runs } from './runs.ts';
import { roomAuthority } from './world.ts';

/**
 * The laws of trust.md for one kind of object, tried on the objects of `anyObject`, which must be parsed objects of every shape that the kind
 * reads: fields left out, low counters that collide, unknown fields. Each law is its own test; a failure names seed and path.
 */
export function keepsTheLaws<T>(kind: ObjectKind<T>, anyObject: Arbitrary<T>): void {
  const authority = roomAuthority();
  const anyContent = anyObject.map((object) => kind.encode(object));
  const text = (object: T): string => canonical(kind.encode(object));
  const version = (content: unknown, sender: ObjectVersion['sender'], id: ObjectVersion['eventId']): ObjectVersion => ({
    eventId: id,
    sender,
    type: kind.type,
    objectId: SINGLETON_ID,
    content,
  });
  const anyVersion: Arbitrary<ObjectVersion> = fc
    .tuple(
      fc.oneof(
        { weight: 8, arbitrary: anyContent },
        { weight: 1, arbitrary: damaged(anyContent) },
        { weight: 1, arbitrary: anyContent.map((content) => ({ ...content, v: kind.version + 1 })) },
        { weight: 1, arbitrary: anyHostile.map((hostile) => ({ title: hostile, v: kind.version + 1 })) },
      ),
      anyUser,
      anyEventId,
    )
    .map(([content, sender, id]) => version(content, sender, id));
  const state = (folded: Folded<T>): string =>
    canonical({
      object: folded.object === null ? null : kind.encode(folded.object),
      heads: folded.heads.map(({ eventId: id, object }) => [id, kind.encode(object)]),
      needsMerge: folded.needsMerge,
      invalid: folded.invalid,
      forbidden: folded.forbidden,
      newer: folded.newer?.eventId ?? null,
    });
  const law = <Ts>(name: string, property: fc.IRawProperty<Ts, false>): void =>
    it(name, () => fc.assert(property, { numRuns: runs() }), LAW_TIMEOUT);

  describe(`${kind.type} keeps the laws`, () => {
    law(
      '[T4] merge is commutative',
      fc.property(anyObject, anyObject, (a, b) => {
        expect(text(kind.merge(a, b))).toBe(text(kind.merge(b, a)));
      }),
    );

    law(
      '[T4] merge is associative',
      fc.property(anyObject, anyObject, anyObject, (a, b, c) => {
        expect(text(kind.merge(kind.merge(a, b), c))).toBe(text(kind.merge(a, kind.merge(b, c))));
      }),
    );

    law(
      '[T4] merge is idempotent and gives the same object when nothing is added',
      fc.property(anyObject, anyObject, (a, b) => {
        const both = kind.merge(a, b);
        expect(kind.merge(a, a)).toBe(a);
        expect(kind.merge(both, a)).toBe(both);
        expect(kind.merge(both, b)).toBe(both);
        const copy = kind.parse(JSON.parse(JSON.stringify(kind.encode(a))));
        expect(copy.ok && kind.merge(a, copy.value)).toBe(a);
      }),
    );

    law(
      '[T4] any order, duplication and batching of the same versions folds to the same state',
      fc.property(fc.array(anyVersion, { maxLength: 8 }), fc.array(fc.nat(), { maxLength: 16 }), (versions, picks) => {
        const expected = fold(kind, authority, versions);
        const again = picks.flatMap((pick) => versions[pick % Math.max(1, versions.length)] ?? []);
        const shuffled = [...again, ...[...versions].reverse()];
        const half = Math.floor(shuffled.length / 2);
        const first = fold(kind, authority, shuffled.slice(0, half));
        const actual = fold(kind, authority, shuffled.slice(half), first);
        expect(state(actual)).toBe(state(expected));
        expect(fold(kind, authority, versions, actual)).toBe(actual);
      }),
    );

    law(
      '[T4] a late version gives what it would have given in time',
      fc.property(fc.array(anyVersion, { minLength: 1, maxLength: 6 }), fc.nat(), (versions, pick) => {
        const late = versions[pick % versions.length] as ObjectVersion;
        const without = versions.filter((other) => other !== late);
        const after = foldVersion(kind, authority, fold(kind, authority, without), late);
        expect(state(after)).toBe(state(fold(kind, authority, versions)));
      }),
    );

    law(
      '[T4] one head holds everything, or the versions need a merge that then holds everything',
      fc.property(fc.array(anyVersion, { maxLength: 6 }), (versions) => {
        const folded = fold(kind, authority, versions);
        if (folded.object === null) {
          expect(folded.heads).toHaveLength(0);
          return;
        }
        const [newest] = folded.heads;
        if (!folded.needsMerge) {
          expect(newest && relate(kind, newest.object, folded.object)).toBe('same');
          return;
        }
        const healed = version(kind.encode(folded.object), roomWriter, eventId('$merge'));
        const after = foldVersion(kind, authority, folded, healed);
        expect(after.needsMerge).toBe(false);
        expect(after.object).toBe(folded.object);
      }),
    );

    law(
      '[T5] a merge is never a way back, and going back from it always is',
      fc.property(anyObject, anyObject, (a, b) => {
        const both = kind.merge(a, b);
        expect(isRollback(kind, a, both)).toBe(false);
        expect(isRollback(kind, both, a)).toBe(relate(kind, a, both) !== 'same');
        expect(isRollback(kind, a, b) && isRollback(kind, b, a)).toBe(false);
      }),
    );

    law(
      '[T3] nothing that comes in makes parse throw, and what it accepts is bounded',
      fc.property(fc.oneof(anyHostile, damaged(anyContent)), (content) => {
        const parsed = kind.parse(content);
        expect(({} as { admin?: unknown }).admin).toBeUndefined();
        if (!parsed.ok) {
          expect(typeof parsed.error.path).toBe('string');
          return;
        }
        const size = measureJson(kind.encode(parsed.value), kind.maxBytes);
        expect(size.ok).toBe(true);
      }),
    );

    law(
      '[T3] a version by someone who never had the right changes nothing but the count',
      fc.property(
        fc.array(anyVersion, { maxLength: 4 }),
        anyContent,
        fc.constantFrom(READER, OUTSIDER),
        (versions, content, sender) => {
          const before = fold(kind, authority, versions);
          const after = foldVersion(kind, authority, before, version(content, sender, eventId('$vandal')));
          expect(after.object).toBe(before.object);
          expect(after.heads).toBe(before.heads);
          expect(after.forbidden).toContain('$vandal');
        },
      ),
    );

    law(
      '[T7] one bad version costs one version',
      fc.property(
        fc.array(anyVersion, { maxLength: 4 }),
        fc.oneof(anyHostile, damaged(anyContent)),
        fc.nat(),
        (versions, bad, at) => {
          fc.pre(!kind.parse(bad).ok);
          const position = at % (versions.length + 1);
          const mixed = [
            ...versions.slice(0, position),
            version(bad, roomWriter, eventId('$bad')),
            ...versions.slice(position),
          ];
          const [without, folded] = [fold(kind, authority, versions), fold(kind, authority, mixed)];
          expect(folded.heads.map(({ eventId: id }) => id)).toEqual(without.heads.map(({ eventId: id }) => id));
          expect(folded.object === null ? null : text(folded.object)).toBe(
            without.object === null ? null : text(without.object),
          );
        },
      ),
    );

    law(
      '[CORE-4] encode then parse gives back the object, unknown fields included',
      fc.property(anyObject, (object) => {
        const content = JSON.parse(JSON.stringify(kind.encode(object)));
        const parsed = kind.parse(content);
        expect(parsed.ok && text(parsed.value)).toBe(text(object));
        expect(canonical(content)).toBe(canonical(kind.encode(object)));
      }),
    );

    law(
      '[CORE-5] what was read can always be written, however much was merged',
      fc.property(fc.array(anyObject, { minLength: 1, maxLength: 8 }), fc.array(anyEventId), (objects, heads) => {
        const merged = objects.reduce((a, b) => kind.merge(a, b));
        const content = withPrev(kind.encode(merged), heads);
        expect(kind.parse(content).ok).toBe(true);
        const size = measureJson(kind.encode(merged));
        expect(size.ok && size.value <= kind.maxBytes).toBe(true);
      }),
    );

    law(
      '[CORE-7] a newer version is kept as it came, marked, and hides nothing',
      fc.property(fc.array(anyVersion, { maxLength: 3 }), anyContent, (versions, content) => {
        const before = fold(kind, authority, versions);
        fc.pre(before.newer === null);
        const newer = { ...content, v: kind.version + 7 };
        const after = foldVersion(kind, authority, before, version(newer, roomWriter, eventId('$newer')));
        expect(after.newer).toEqual({ eventId: '$newer', content: newer });
        expect(after.object).toBe(before.object);
      }),
    );

    it('[T4] folding nothing gives the one empty state', () => {
      expect(fold(kind, authority, [])).toBe(emptyFold());
    });
  });
}

/** Someone who may write every kind. */
const roomWriter = '@claire:interieur.test' as ObjectVersion['sender'];
