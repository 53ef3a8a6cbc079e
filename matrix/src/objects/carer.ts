import type { EventId } from '@besace/protocol/core/ids';
import type { SessionContext } from '../session/context.ts';
import type { Scope } from '../session/scope.ts';
import { ATTEMPTS_WINDOW, careDelay } from './care.ts';
import { currentHole, type Entry, newerHolding } from './entries.ts';
import { type LookBackPorts, lookBack, searchHistory } from './lookBack.ts';
import type { RoomStore } from './roomStore.ts';
import type { ObjectServer } from './server.ts';
import { readPackedKey, readWire, type WireVersion } from './wire.ts';

export type CarerDeps = {
  readonly context: SessionContext;
  readonly store: RoomStore;
  readonly server: ObjectServer;
  readonly scope: Scope;
};

/** Walks side by side. */
const WALKERS = 8;
/** A key usually comes within seconds: only then is it worth looking for what was before the locked version, ms. */
const LOCKED_PATIENCE = 4_000;

type Attempts = { readonly count: number; readonly since: number };

/**
 * Mends one room's objects: where the server's current event does not say everything that is known, it asks again, looks back past what
 * does not count (T11), and, if this device's person has the right, writes the merge, one device for all (`careDelay`).
 */
export class Carer {
  readonly #deps: CarerDeps;
  readonly #timers = new Map<string, () => void>();
  readonly #attempts = new Map<string, Attempts>();
  readonly #missing = new Set<string>();
  readonly #walking = new Set<string>();
  readonly #queue: string[] = [];
  #walkers = 0;

  constructor(deps: CarerDeps) {
    this.#deps = deps;
    deps.scope.add(() => {
      for (const cancel of this.#timers.values()) cancel();
      this.#timers.clear();
    });
  }

  /** Called whenever an object changed. */
  changed(key: string, needed: boolean): void {
    if (this.#deps.scope.signal.aborted) return;
    if (!needed) {
      this.#timers.get(key)?.();
      this.#timers.delete(key);
      return;
    }
    const entry = this.#entry(key);
    if (entry === null) return;
    const hole = currentHole(entry);
    if (hole === 'locked') {
      if (entry.fold === null) this.#after(key, LOCKED_PATIENCE, () => this.#walk(key));
      return;
    }
    // By somebody who may not write now, a version that cannot be read is passed as one that does not count.
    if (hole !== null || newerHolding(entry) !== null) this.#walk(key);
    if (!this.#timers.has(key)) this.#schedule(key, entry);
  }

  /** Takes up what an earlier session left: a conflict whose merge nobody wrote, a hole that nobody mended. */
  review(): void {
    for (const entry of this.#deps.store.table.thawed())
      this.changed(entry.packed.key, this.#deps.store.table.needsCare(entry));
  }

  /**
   * Somebody says that this event was redacted. It takes nothing away from what is folded (OBJ-11); what the server holds now is asked for, so
   * that newcomers do not find the object empty.
   */
  async redacted(eventId: EventId): Promise<void> {
    const key = this.#deps.store.table.keyOfCurrent(eventId);
    if (key !== null) await this.#ask(key);
  }

  /** The last resort for objects of which no version was found: the history, once for all of them. */
  async searchMissing(): Promise<void> {
    if (this.#missing.size === 0) return;
    const keys = new Set(this.#missing);
    this.#missing.clear();
    await searchHistory(this.#ports(), keys);
  }

  #schedule(key: string, entry: Entry): void {
    const { store, context } = this.#deps;
    const { clock, random } = context.platform;
    const known = this.#attempts.get(key);
    const attempts = known !== undefined && clock.now() - known.since < ATTEMPTS_WINDOW ? known.count : 0;
    const authors = entry.fold?.tips.map((tip) => tip.sender) ?? [];
    const delay = careDelay({ me: store.me, authors, attempts, fraction: random.fraction() });
    if (delay === null) {
      context.platform.logger.warn('object-care-gave-up', { attempts });
      return;
    }
    this.#after(key, delay, () => void this.#care(key, attempts));
  }

  #after(key: string, ms: number, run: () => void): void {
    this.#timers.get(key)?.();
    const cancel = this.#deps.context.platform.clock.after(ms, () => {
      this.#timers.delete(key);
      run();
    });
    this.#timers.set(key, cancel);
  }

  /** Asks the server what it holds now; writes only when that still does not say everything. */
  async #care(key: string, attempts: number): Promise<void> {
    const { store, context } = this.#deps;
    if (store.pending.of(key)?.objects.length) return; // what waits carries everything, and is on its way
    if (!(await this.#ask(key))) return;
    const entry = this.#entry(key);
    const kind = entry === null ? undefined : store.kindOf(entry.packed.type);
    if (entry === null || kind === undefined || entry.fold === null || !store.table.needsCare(entry)) return;
    if (currentHole(entry) === 'locked') return;
    const { merged } = entry.fold;
    if (!store.powers.known || !kind.mayWrite(store.powers.authority, store.me, merged)) return;
    this.#attempts.set(key, { count: attempts + 1, since: context.platform.clock.now() });
    const written = await store.enqueue(kind, entry, merged);
    context.platform.logger.info('object-mended', { attempts: attempts + 1, written: written.ok });
  }

  /** True when the server answered. */
  async #ask(key: string): Promise<boolean> {
    const { store, server } = this.#deps;
    const { asOf } = store;
    const answer = await server.current(key);
    if (!answer.ok) return false;
    if (answer.value === null) {
      await store.takeAbsences([key], asOf);
      return true;
    }
    const reading = readWire(answer.value, (type) => store.kindOf(type) !== undefined);
    if (reading.kind === 'version' && reading.version.packed.key === key)
      await store.take([reading.version], 'state', asOf);
    return true;
  }

  #walk(key: string): void {
    if (this.#walking.has(key)) return;
    this.#walking.add(key);
    this.#queue.push(key);
    if (this.#walkers >= WALKERS) return;
    this.#walkers += 1;
    void this.#walkAll().finally(() => {
      this.#walkers -= 1;
    });
  }

  async #walkAll(): Promise<void> {
    for (let key = this.#queue.shift(); key !== undefined; key = this.#queue.shift()) {
      if (this.#deps.scope.signal.aborted) return;
      await this.#lookBack(key);
      this.#walking.delete(key);
    }
  }

  async #lookBack(key: string): Promise<void> {
    const { store, server } = this.#deps;
    const current = this.#entry(key)?.current ?? null;
    if (current === null) return;
    const answer = await server.current(key);
    if (!answer.ok || answer.value === null) return;
    const reading = readWire(answer.value, (type) => store.kindOf(type) !== undefined);
    if (reading.kind !== 'version') return;
    const [verdict] = await store.take([reading.version], 'past', store.asOf);
    if (verdict === undefined || verdict.kind === 'accepted') return;
    const found = await lookBack(this.#ports(), reading.version, verdict.prev);
    if (!found && (this.#entry(key)?.fold ?? null) === null) {
      this.#missing.add(key);
      if (this.#queue.length === 0) await this.searchMissing();
    }
  }

  #ports(): LookBackPorts {
    const { store, server } = this.#deps;
    return {
      isKind: (type) => store.kindOf(type) !== undefined,
      event: (eventId) => server.event(eventId),
      history: (type, from) => server.history([type], from),
      take: async (wire: WireVersion) => {
        const [verdict] = await store.take([wire], 'past', store.asOf);
        return verdict ?? { kind: 'refused', reason: 'invalid', prev: [] };
      },
      isFolded: (key, eventId) => this.#entry(key)?.fold?.tips.some((tip) => tip.ids.includes(eventId)) ?? false,
    };
  }

  #entry(key: string): Entry | null {
    const packed = readPackedKey(key);
    return packed === null ? null : this.#deps.store.table.entry(packed);
  }
}
