import { parseRoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { lastPlaces, rememberPlace } from './lastPlaces.ts';

function memory() {
  const kept = new Map<string, string>();
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
  };
}

function room(name: string) {
  const parsed = parseRoomId(`!${name}`);
  if (!parsed.ok) throw new Error('not a room');
  return parsed.value;
}

describe('the last places', () => {
  it('are the rooms opened last, newest first, each once, a few, of one account [SEARCH-7]', () => {
    const storage = memory();
    for (const name of ['a', 'b', 'a', 'c', 'd', 'e', 'f']) rememberPlace(storage, '@me:x', room(name));
    expect(lastPlaces(storage, '@me:x')).toEqual(['!f', '!e', '!d', '!c', '!a']);
    expect(lastPlaces(storage, '@other:x')).toEqual([]);
  });

  it('that do not parse are none', () => {
    const storage = memory();
    storage.setItem('besace.places.@me:x', '{');
    expect(lastPlaces(storage, '@me:x')).toEqual([]);
    storage.setItem('besace.places.@me:x', '[1, "!a", "nonsense"]');
    expect(lastPlaces(storage, '@me:x')).toEqual(['!a']);
  });
});
