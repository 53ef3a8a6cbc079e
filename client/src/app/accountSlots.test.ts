import { describe, expect, test } from 'vitest';
import { createAccountSlots } from './accountSlots.ts';

const account = (name: string) =>
  JSON.stringify({ userId: `@${name}:interieur.test`, deviceId: 'D', homeserver: 'http://h', displayName: name });

/** What a browser keeps, in memory. */
function storage(entries: Record<string, string> = {}): Storage {
  const kept = new Map(Object.entries(entries));
  return {
    getItem: (key: string) => kept.get(key) ?? null,
    setItem: (key: string, value: string) => void kept.set(key, value),
    removeItem: (key: string) => void kept.delete(key),
    key: (index: number) => [...kept.keys()][index] ?? null,
    get length() {
      return kept.size;
    },
    clear: () => kept.clear(),
  };
}

function open(href: string, device = storage(), tab = storage()) {
  const shown: string[] = [];
  const slots = createAccountSlots({
    location: { href: `http://besace.test${href}` },
    history: {
      state: null,
      replaceState: (_state: unknown, _: string, url?: string | URL | null) => void shown.push(String(url)),
    },
    tab,
    device,
    random: () => 'abcd1234',
  });
  return { slots, shown, device, tab };
}

describe('[ENTRY-20] accounts side by side', () => {
  test('a device with one account is as it was before it could have several', () => {
    const { slots, device } = open('/', storage({ 'besace.account': account('ada') }));
    expect(slots.storagePrefix).toBe('besace');
    expect(slots.storage.getItem('besace.account')).toContain('@ada');
    expect(slots.others()).toEqual([]);
    slots.storage.setItem('besace.other', 'x');
    expect(device.getItem('besace.other')).toBe('x');
  });

  test('one more has a store and keys of its own, and the address no longer says so', () => {
    const device = storage({ 'besace.account': account('ada') });
    const first = open('/', device);
    const path = first.slots.emptySlotPath();
    const second = open(`${path}&vers=%2Fespaces#here`, device);
    expect(second.shown).toEqual(['/?vers=%2Fespaces#here']);
    expect(second.slots.storagePrefix).toBe('besace-abcd1234');
    expect(second.slots.storage.getItem('besace.account')).toBeNull();
    second.slots.storage.setItem('besace.account', account('ben'));
    expect(second.slots.others().map((other) => [other.account.displayName, other.path])).toEqual([
      ['ada', '/?compte='],
    ]);
    expect(first.slots.others().map((other) => [other.account.displayName, other.path])).toEqual([
      ['ben', '/?compte=abcd1234'],
    ]);
    second.slots.storage.removeItem('besace.account');
    expect(first.slots.storage.getItem('besace.account')).toContain('@ada');
    expect(first.slots.others()).toEqual([]);
  });

  test('a tab keeps to its account when it is loaded again, and a new tab opens the one that was opened last', () => {
    const device = storage({ 'besace.account': account('ada'), 'besace.account.abcd1234': account('ben') });
    const tab = storage();
    open('/?compte=abcd1234', device, tab);
    expect(open('/', device, tab).slots.storagePrefix).toBe('besace-abcd1234');
    expect(open('/', device).slots.storagePrefix).toBe('besace-abcd1234');
    expect(open('/?compte=', device, tab).slots.storagePrefix).toBe('besace');
    expect(open('/', device).slots.storagePrefix).toBe('besace');
  });

  test('a new tab goes past an account that has signed out', () => {
    const device = storage({ 'besace.account.abcd1234': account('ben'), 'besace.slot': '' });
    expect(open('/', device).slots.storagePrefix).toBe('besace-abcd1234');
    expect(open('/', storage({ 'besace.slot': 'zzzzzzzz' })).slots.storagePrefix).toBe('besace');
  });

  test.each(['..', 'ABCD1234', 'abcd12345', 'a', '-crypto-x'])('what is no slot is not opened: %j', (name) => {
    const device = storage({ 'besace.account': account('ada'), [`besace.account.${name}`]: account('eve') });
    const { slots } = open(`/?compte=${encodeURIComponent(name)}`, device);
    expect(slots.storagePrefix).toBe('besace');
    expect(slots.others()).toEqual([]);
  });
});
