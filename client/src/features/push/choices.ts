import { reactive, readonly } from 'vue';
import { type Choices, parseChoices } from './quiet.ts';
import { tellServiceWorker } from './shared.ts';

export interface ChoicesStore {
  /** Reactive. */
  readonly current: Choices;
  set(change: Partial<Choices>): void;
}

const storageKey = 'besace.notify';

/** What the person chose for this device. It stays here: her hours are nobody else's business, her server's neither. */
export function createChoices(storage: Pick<Storage, 'getItem' | 'setItem'>, tell = tellServiceWorker): ChoicesStore {
  const current = reactive({ ...parseChoices(storage.getItem(storageKey)) });
  return {
    current: readonly(current) as Choices,
    set(change) {
      Object.assign(current, change);
      storage.setItem(storageKey, JSON.stringify(current));
      // A page tells anew whenever it begins (`NotifyKeeper.vue`).
      tell({ choices: { ...current } }).catch(() => undefined);
    },
  };
}

let kept: ChoicesStore | null = null;

/** One store for the page. */
export function useChoices(): ChoicesStore {
  kept ??= createChoices(localStorage);
  return kept;
}
