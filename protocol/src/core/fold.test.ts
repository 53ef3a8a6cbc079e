import { describe, expect, it } from 'vitest';
import { boardKind, columnKind, type Task, taskKind } from '../features/tasks/index.ts';
import { CONTRIBUTOR, eventId, MANAGER, nested, OWNER, objectId } from '../testing/arbitraries.ts';
import { roomAuthority } from '../testing/world.ts';
import { defineKind } from './define-kind.ts';
import { registerField } from './fields.ts';
import { fits, fold, isRollback, relate } from './fold.ts';
import { type ObjectVersion, SINGLETON_ID } from './kind.ts';
import { MAX_PREV, prevOf, withPrev } from './prev.ts';
import { register, type Stamp } from './registers.ts';
import { text } from './schemas.ts';

const authority = roomAuthority();

function task(fields: Partial<Task>): Task {
  return { ...taskKind.empty, ...fields };
}

function version(id: string, object: Task, sender = CONTRIBUTOR): ObjectVersion {
  return {
    eventId: eventId(id),
    sender,
    type: taskKind.type,
    objectId: objectId('t'),
    content: taskKind.encode(object),
  };
}

const at = (lamport: number): Stamp => [lamport, CONTRIBUTOR];
const base = task({ title: register('Convention', at(1)) });
const renamed = task({ title: register('Convention signée', at(2)) });
const dated = task({ title: base.title, due: register('2027-03-01', [2, MANAGER]) });

describe('fold', () => {
  it('[T4] keeps both of two concurrent changes, names both heads and asks for the merge', () => {
    const folded = fold(taskKind, authority, [
      version('$1', base),
      version('$2', renamed),
      version('$3', dated, MANAGER),
    ]);
    expect(folded.object?.title?.value).toBe('Convention signée');
    expect(folded.object?.due?.value).toBe('2027-03-01');
    expect(folded.heads.map(({ eventId: id }) => id)).toEqual(['$2', '$3']);
    expect(folded.needsMerge).toBe(true);
    const merged = fold(taskKind, authority, [version('$4', folded.object ?? base)], folded);
    expect(merged.needsMerge).toBe(false);
    expect(merged.heads.map(({ eventId: id }) => id)).toEqual(['$4']);
    expect(merged.object).toBe(folded.object);
  });

  it('[T4] takes the same content under a second event id (hole 3) for what it is: nothing new', () => {
    const folded = fold(taskKind, authority, [version('$2', renamed), version('$1', base)]);
    expect(fold(taskKind, authority, [version('$9', renamed), version('$8', base)], folded)).toBe(folded);
  });

  it('[T7] leaves out versions of another kind, and singletons under another id', () => {
    const other = { ...version('$1', base), type: columnKind.type };
    expect(fold(taskKind, authority, [other])).toMatchObject({ object: null, invalid: ['$1'] });
    const board = (id: ObjectVersion['objectId']): ObjectVersion => ({
      eventId: eventId('$b'),
      sender: OWNER,
      type: boardKind.type,
      objectId: id,
      content: { v: 1 },
    });
    expect(fold(boardKind, authority, [board(objectId('x'))]).invalid).toEqual(['$b']);
    expect(fold(boardKind, authority, [board(SINGLETON_ID)]).object).not.toBeNull();
  });

  it('[CORE-7] keeps the version with the highest v of those by a newer Besace, and refuses those by people without the right', () => {
    const newer = (id: string, v: number, sender = CONTRIBUTOR): ObjectVersion => ({
      ...version(id, base, sender),
      content: { v, title: 'another shape' },
    });
    const folded = fold(taskKind, authority, [newer('$1', 2), newer('$2', 3), version('$3', base)]);
    expect(folded.newer?.eventId).toBe('$2');
    expect(folded.object?.title?.value).toBe('Convention');
    const reader = '@yann:culture.test' as ObjectVersion['sender'];
    expect(fold(taskKind, authority, [newer('$1', 2, reader)])).toMatchObject({ newer: null, forbidden: ['$1'] });
  });
});

describe('a hostile version by a newer Besace', () => {
  it('[T7] [CORE-7] is bounded like any other, so that comparing two of them ends', () => {
    const deep = (id: string): ObjectVersion => ({ ...version(id, base), content: { v: 2, x: nested(200_000) } });
    const folded = fold(taskKind, authority, [deep('$1'), deep('$2'), version('$3', base)]);
    expect(folded).toMatchObject({ newer: null, invalid: ['$1', '$2'] });
    expect(folded.object?.title?.value).toBe('Convention');
  });
});

describe('an error', () => {
  it('[CORE-1] names the place of an entry, and not the words that someone chose as its key', () => {
    for (const entry of [{ value: 'pink', at: [1, '@a:b'] }, { value: 'x'.repeat(5_000), at: [1, '@a:b'] }, 7]) {
      const parsed = taskKind.parse({ v: 1, labels: { 'affaire sensible': entry } });
      expect(parsed).toMatchObject({ ok: false, error: { path: expect.stringMatching(/^labels\.0/) } });
      expect(JSON.stringify(parsed)).not.toContain('sensible');
    }
  });
});

describe('how versions stand to one another', () => {
  it('[T5] tells a way back from news and from a concurrent version', () => {
    expect(relate(taskKind, base, base)).toBe('same');
    expect(relate(taskKind, renamed, base)).toBe('contains');
    expect(relate(taskKind, base, renamed)).toBe('contained');
    expect(relate(taskKind, renamed, dated)).toBe('concurrent');
    expect(isRollback(taskKind, renamed, base)).toBe(true);
    expect(isRollback(taskKind, base, renamed)).toBe(false);
    expect(isRollback(taskKind, renamed, dated)).toBe(false);
    expect(isRollback(taskKind, base, base)).toBe(false);
  });
});

describe('prev', () => {
  it('[T11] names where to look back, bounded, and what does not parse is left out', () => {
    const content = withPrev({ v: 1 }, [eventId('$a'), eventId('$b')]);
    expect(prevOf(content)).toEqual(['$a', '$b']);
    expect(withPrev({ v: 1 }, [])).toEqual({ v: 1 });
    for (const hostile of [null, 7, {}, { prev: 'x' }, { prev: { 0: '$a' } }]) expect(prevOf(hostile)).toEqual([]);
    expect(prevOf({ prev: ['$a', 7, 'b', null, '$c'] })).toEqual(['$a', '$c']);
    const many = Array.from({ length: 100 }, (_, index) => eventId(`$${index}`));
    expect(prevOf(withPrev({}, many))).toHaveLength(MAX_PREV);
    expect(taskKind.parse({ v: 1, prev: 'hostile' }).ok).toBe(true);
  });

  it('[CORE-5] fits beside the largest object there can be', () => {
    const ids = Array.from({ length: MAX_PREV }, (_, index) => eventId(`$${String(index).padEnd(250, 'x')}`));
    const content = withPrev({ v: 1, filler: 'x'.repeat(taskKind.maxBytes - 30) }, ids);
    expect(fits(content)).toBe(true);
  });
});

describe('defining a kind', () => {
  const kind = { type: 'fr.besace.test', version: 1, singleton: false, level: 10 };

  it('[CORE-5] refuses fields that could outgrow an event', () => {
    const body = registerField(text(60_000), 60_000);
    expect(() => defineKind({ ...kind, fields: { body }, empty: { body: null } })).toThrow('could grow');
  });

  it('[CORE-4] refuses fields with the names that every object uses', () => {
    const prev = registerField(text(10), 20);
    expect(() => defineKind({ ...kind, fields: { prev }, empty: { prev: null } })).toThrow('reserved');
    expect(() => defineKind({ ...kind, fields: { rest: prev }, empty: { rest: null } })).toThrow('reserved');
  });
});

describe('what this version does not know', () => {
  it('[CORE-4] comes out as it came in, wherever it stands', () => {
    const content = JSON.parse(
      '{"v":1,"title":{"value":"Convention","at":[1,"@a:b"],"via":"x"},"labels":{"__proto__":{"value":"red","at":[1,"@a:b"],"z":1}},' +
        '"__proto__":{"x":1},"rest":[1],"checklist":{"value":1,"at":[9,"@a:b"]}}',
    );
    const parsed = taskKind.parse(content);
    if (!parsed.ok) throw new Error(parsed.error.path);
    expect(JSON.parse(JSON.stringify(taskKind.encode(parsed.value)))).toEqual(content);
    expect(Object.keys(taskKind.encode(parsed.value))).toContain('__proto__');
    expect(taskKind.lamport(parsed.value)).toBe(9);
  });

  it('[CORE-4] merges by the newest stamp inside it', () => {
    const read = (lamport: number, value: string): Task => {
      const parsed = taskKind.parse({ v: 1, cover: { value, at: [lamport, '@a:b'] } });
      if (!parsed.ok) throw new Error(parsed.error.path);
      return parsed.value;
    };
    const [older, newer] = [read(1, 'zz'), read(2, 'aa')];
    expect(taskKind.merge(older, newer).rest.get('cover')).toEqual({ value: 'aa', at: [2, '@a:b'] });
    expect(taskKind.merge(newer, older)).toBe(newer);
  });

  it('[CORE-4] is refused past its bounds, and the error says where', () => {
    const many = Object.fromEntries(Array.from({ length: 5 }, (_, index) => [`x${index}`, 1]));
    expect(taskKind.parse({ v: 1, ...many })).toMatchObject({ error: { code: 'too-large' } });
    expect(taskKind.parse({ v: 1, big: 'x'.repeat(1_100) })).toMatchObject({
      error: { code: 'too-large', path: 'big' },
    });
  });
});
