import type { Account } from '@besace/matrix/api/types';
import { type App, type InjectionKey, inject } from 'vue';
import { storedAccount } from './session.ts';

/** Accounts side by side on one device: each has a slot with its own store, worker and lock, and each tab shows one of them. */
export interface AccountSlots {
  /** Of the databases of this tab's account. */
  readonly storagePrefix: string;
  /** What this tab's account keeps beside them, under keys of its own. */
  readonly storage: KeyValues;
  /** The accounts of this device that other tabs may show. */
  others(): readonly OtherAccount[];
  /** Where one more account is added, in an empty slot: the first page, or another one. */
  emptySlotPath(path?: string): string;
}

export type OtherAccount = { readonly account: Account; readonly path: string };
export type KeyValues = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

export type SlotsHost = {
  readonly location: Pick<Location, 'href'>;
  readonly history: Pick<History, 'replaceState' | 'state'>;
  /** Of this tab: a reload shows the same account. */
  readonly tab: KeyValues;
  readonly device: KeyValues & Pick<Storage, 'key' | 'length'>;
  readonly random: () => string;
};

/** The slot that a device had before it had several. */
const FIRST = '';
const slotKey = 'besace.slot';
const accountKey = 'besace.account';
/** In an address: which account it is for. */
const QUERY = 'compte';
const SLOT = /^[a-z0-9]{8}$/;

const slotsKey: InjectionKey<AccountSlots> = Symbol('AccountSlots');

/** The slot that the address asks for, else this tab's, else the one that was opened last; the address then no longer says so. */
export function createAccountSlots({ location, history, tab, device, random }: SlotsHost): AccountSlots {
  const address = new URL(location.href);
  const asked = address.searchParams.get(QUERY);
  if (asked !== null) {
    address.searchParams.delete(QUERY);
    history.replaceState(history.state, '', `${address.pathname}${address.search}${address.hash}`);
  }
  const slot = parse(asked) ?? parse(tab.getItem(slotKey)) ?? lastOpened();
  tab.setItem(slotKey, slot);
  if (accountIn(slot) !== null) device.setItem(slotKey, slot);

  function lastOpened(): string {
    const last = parse(device.getItem(slotKey));
    if (last !== null && accountIn(last) !== null) return last;
    return accountIn(FIRST) === null ? (slots()[0] ?? FIRST) : FIRST;
  }

  function accountIn(one: string): Account | null {
    return storedAccount(keyValuesOf(device, one));
  }

  function slots(): string[] {
    const keys = Array.from({ length: device.length }, (_, index) => device.key(index) ?? '');
    return keys.flatMap((key) => {
      const one =
        key === accountKey ? FIRST : key.startsWith(`${accountKey}.`) ? key.slice(accountKey.length + 1) : null;
      return one !== null && parse(one) === one && accountIn(one) !== null ? [one] : [];
    });
  }

  return {
    storagePrefix: slot === FIRST ? 'besace' : `besace-${slot}`,
    storage: keyValuesOf(device, slot),
    others: () =>
      slots().flatMap((one) => {
        const account = one === slot ? null : accountIn(one);
        return account === null ? [] : [{ account, path: `/?${QUERY}=${one}` }];
      }),
    emptySlotPath: (path = '/') => `${path}?${QUERY}=${random()}`,
  };
}

export function provideAccountSlots(app: App, slots: AccountSlots): void {
  app.provide(slotsKey, slots);
}

export function useAccountSlots(): AccountSlots {
  const slots = inject(slotsKey);
  if (!slots) throw new Error('useAccountSlots() outside of the app');
  return slots;
}

/** Eight characters that no other slot has. */
export function randomSlot(): string {
  return crypto.randomUUID().slice(0, 8);
}

/** What is no slot's name is not asked for. */
function parse(slot: string | null): string | null {
  return slot !== null && (slot === FIRST || SLOT.test(slot)) ? slot : null;
}

function keyValuesOf(storage: KeyValues, slot: string): KeyValues {
  const own = (key: string) => (slot === FIRST ? key : `${key}.${slot}`);
  return {
    getItem: (key) => storage.getItem(own(key)),
    setItem: (key, value) => storage.setItem(own(key), value),
    removeItem: (key) => storage.removeItem(own(key)),
  };
}
