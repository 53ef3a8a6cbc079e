import { objectLevel } from '@besace/protocol/core/authority';
import { fits } from '@besace/protocol/core/fold';
import type { EventId, ObjectId, RoomId, ServerName, UserId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';
import { packKey } from '@besace/protocol/core/packed-key';
import { withPrev } from '@besace/protocol/core/prev';
import { err, ok, type Result } from '@besace/protocol/core/result';
import type { ObjectsChange, Outcome, Stop } from '../api/types.ts';
import type { ObjectsCopy } from '../local/objectsCopy.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { ClearEvent, Locked, RoomKey, SessionContext } from '../session/context.ts';
import { createTurns, type InTurn } from '../session/turns.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import { type Entry, newerHolding, type Origin, takeAbsence, takeVersion } from './entries.ts';
import { judge, type Verdict, withoutPrev } from './judge.ts';
import { type ObjectWork, PendingWrites } from './pending.ts';
import { RoomPowers } from './powers.ts';
import { Screen, withPending } from './screen.ts';
import { type KindOf, ObjectTable } from './table.ts';
import { ENCRYPTED, readPackedKey, type WireVersion } from './wire.ts';

/** What a room's store is made of. */
export type RoomStoreDeps = {
  readonly context: SessionContext;
  readonly outbox: Outbox;
  readonly roomId: RoomId;
  readonly kindOf: KindOf;
  readonly copy: ObjectsCopy;
  /** Told the keys of objects whose current event does not say everything, or does no longer not. */
  readonly onCare: (key: string, needed: boolean) => void;
  /** A version came whose author may not write now: where it stands in the history is asked for (OBJ-12). */
  readonly onDoubt: () => void;
};

/** A version that may count later: its key is missing, or the right of its author is not known. */
type Unfolded = { readonly wire: WireVersion; readonly opened: Result<ClearEvent, Locked> };

/** Versions decrypted side by side, then told together. */
const BATCH = 200;
/** The first cards are on screen while the others are still locked. */
const FIRST_BATCH = 100;
/** Versions kept for later. A flood of locked events costs no more memory than this. */
const MAX_UNFOLDED = 20_000;

/**
 * The objects of one room on this device: what is folded, what waits to be sent, and who looks at it. Everything that changes it goes
 * through one line of turns: decrypt, judge, fold, on disk, then tell (style.md, 9). It talks to no server: see `roomSync.ts`.
 */
export class RoomStore {
  readonly powers: RoomPowers;
  readonly table: ObjectTable;
  readonly pending: PendingWrites;
  readonly roomId: RoomId;
  readonly me: UserId;
  readonly kindOf: KindOf;
  readonly #deps: RoomStoreDeps;
  readonly #screen: Screen;
  readonly #unfolded = new Map<EventId, Unfolded>();
  /** When each entry last changed, in turns, so that an answer asked for before is not taken for the state after. */
  readonly #changedAt = new Map<string, number>();
  readonly ready: Promise<void>;
  /** Runs after all that was asked before. */
  readonly inTurn: InTurn = createTurns();
  #turns = 0;

  constructor(deps: RoomStoreDeps) {
    this.#deps = deps;
    this.roomId = deps.roomId;
    this.me = deps.context.account.userId;
    this.kindOf = deps.kindOf;
    this.powers = new RoomPowers(deps.context.platform.outsiderServers as readonly ServerName[]);
    // Before the powers are known it is taken for granted: nothing is written over by mistake.
    this.table = new ObjectTable(deps.kindOf, (kind, sender) => {
      const { known, authority } = this.powers;
      return !known || authority.powerOf(sender) >= objectLevel(authority, kind.type, kind.level);
    });
    this.pending = new PendingWrites(deps.outbox, deps.roomId, deps.kindOf);
    this.#screen = new Screen({
      table: this.table,
      pending: this.pending,
      kindOf: deps.kindOf,
      me: this.me,
      now: () => deps.context.platform.clock.now(),
    });
    this.ready = this.inTurn(async () => this.table.fill(await deps.copy.load()));
  }

  /** Follows the queue until the stop. */
  followOutbox(): Stop {
    return this.pending.follow({
      changed: (key) => this.#screen.show([key]),
      sent: (key, eventId, work) => this.#takeMine(key, eventId, work),
    });
  }

  /** The moment by which an answer asked for now is judged. */
  get asOf(): number {
    return this.#turns;
  }

  async watch(listener: (change: ObjectsChange) => void): Promise<Stop> {
    await this.ready;
    return this.#screen.watch(listener);
  }

  /**
   * Takes versions in, as they came. Each is decrypted, judged and folded by itself (T7). `asOf` is when the question was asked whose
   * answer this is.
   */
  async take(wires: readonly WireVersion[], origin: Origin, asOf: number): Promise<readonly Verdict[]> {
    const verdicts: Verdict[] = [];
    // A turn for each batch, so that what people do meanwhile gets in between.
    for (let at = 0, size = FIRST_BATCH; at < wires.length; at += size, size = BATCH) {
      const batch = wires.slice(at, at + size);
      verdicts.push(...(await this.inTurn(() => this.#takeBatch(batch, origin, asOf))));
    }
    return verdicts;
  }

  /** The server's whole state was read, and these objects are not in it. */
  takeAbsences(keys: readonly string[], asOf: number): Promise<void> {
    return this.inTurn(async () => {
      const changed = new Set<string>();
      for (const key of keys) {
        const packed = readPackedKey(key);
        if (packed === null || (this.#changedAt.get(key) ?? 0) > asOf) continue;
        this.#put(this.table.entry(packed), takeAbsence(this.table.entry(packed)), changed);
      }
      await this.#commit(changed);
    });
  }

  /** An event that claims to be an object and cannot be one: in clear, or addressed to none. */
  takeStray(eventId: EventId): void {
    this.#screen.addStray(eventId);
  }

  /** Tries again what was locked, now that keys came. */
  async retry(keys: readonly RoomKey[]): Promise<void> {
    const sessions = new Set(keys.filter((key) => key.roomId === this.roomId).map((key) => key.sessionId));
    if (sessions.size === 0) return;
    const all = sessions.has('');
    const wires = [...this.#unfolded.values()]
      .filter(
        ({ opened }) => !opened.ok && (all || opened.error.sessionId === null || sessions.has(opened.error.sessionId)),
      )
      .map(({ wire }) => wire);
    if (wires.length > 0) await this.take(wires, 'past', this.asOf);
  }

  /** Judges again what was decrypted and refused, now that more is known of who had which right. */
  async rejudge(): Promise<void> {
    await this.inTurn(async () => {
      const changed = new Set<string>();
      for (const { wire, opened } of [...this.#unfolded.values()]) {
        if (opened.ok) this.#fold(wire, opened, 'past', this.asOf, changed);
      }
      // What a newer Besace holds, it holds by the powers of now.
      for (const entry of this.table.thawed()) if (newerHolding(entry) !== null) changed.add(entry.packed.key);
      await this.#commit(changed);
    });
    await this.#reviewPending(this.pending.keys());
  }

  /** Versions refused for lack of a right that their author may have had when she wrote. */
  unplaced(): EventId[] {
    if (!this.powers.known) return [];
    return [...this.#unfolded].flatMap(([eventId, { opened }]) =>
      opened.ok && !this.powers.isPlaced(eventId) ? eventId : [],
    );
  }

  setComplete(): void {
    this.#screen.setComplete();
  }

  async write(type: string, objectId: ObjectId, content: Record<string, unknown>): Outcome<void> {
    const kind = this.kindOf(type);
    const packed = readPackedKey(packKey(type, objectId));
    if (kind === undefined || packed === null) return err({ code: 'invalid', detail: 'type' });
    const parsed = kind.parse(withoutPrev(content));
    if (!parsed.ok) {
      const { code, path } = parsed.error;
      return err({
        code: code === 'bad-shape' ? 'invalid' : code === 'too-large' ? code : 'update-needed',
        detail: path,
      });
    }
    await this.ready;
    const entry = this.table.entry(packed);
    if (this.table.isHeld(entry)) return err({ code: 'update-needed' });
    const base = withPending(kind, entry, this.pending);
    const merged = base === null ? parsed.value : kind.merge(base, parsed.value);
    if (merged === base) return ok(undefined);
    // Without the power levels (a cold start without network) the server, and everyone who reads, will judge.
    if (this.powers.known && !kind.mayWrite(this.powers.authority, this.me, merged)) return err({ code: 'forbidden' });
    return this.enqueue(kind, entry, merged);
  }

  /** Puts a version into the queue, based on what is folded now. */
  async enqueue(kind: ObjectKind<unknown>, entry: Entry, object: unknown): Outcome<void> {
    const content = withPrev(kind.encode(object), entry.fold?.tips.map((tip) => tip.eventId) ?? []);
    if (!fits(content)) return err({ code: 'too-large' });
    const { type, objectId } = entry.packed;
    const queued = await this.#deps.outbox.enqueue({
      roomId: this.roomId,
      work: { kind: 'object', type, objectId, content },
    });
    return queued.ok ? ok(undefined) : queued;
  }

  async #takeBatch(batch: readonly WireVersion[], origin: Origin, asOf: number): Promise<Verdict[]> {
    const opened = await Promise.all(batch.map((wire) => this.#deps.context.crypto.decrypt(wire.raw)));
    const changed = new Set<string>();
    const verdicts = batch.flatMap((wire, index) => {
      const each = opened[index];
      return each === undefined ? [] : (this.#fold(wire, each, origin, asOf, changed) ?? []);
    });
    await this.#commit(changed);
    if (verdicts.some((verdict) => verdict.kind === 'refused' && verdict.reason === 'forbidden')) this.#deps.onDoubt();
    return verdicts;
  }

  #fold(
    wire: WireVersion,
    opened: Result<ClearEvent, Locked>,
    origin: Origin,
    asOf: number,
    changed: Set<string>,
  ): Verdict | null {
    const kind = this.kindOf(wire.packed.type);
    if (kind === undefined) return null;
    const eventId = wire.raw.event_id;
    const verdict = judge(wire, opened, kind, this.powers.judging(eventId));
    if (verdict.kind !== 'refused') this.#unfolded.delete(eventId);
    else if (verdict.reason !== 'invalid' && this.#unfolded.size < MAX_UNFOLDED)
      this.#unfolded.set(eventId, { wire, opened });
    const entry = this.table.entry(wire.packed);
    const stale = origin === 'state' && (this.#changedAt.get(wire.packed.key) ?? 0) > asOf;
    this.#put(entry, takeVersion(kind, entry, wire, verdict, stale ? 'live' : origin), changed);
    return verdict;
  }

  #put(before: Entry, after: Entry, changed: Set<string>): void {
    if (after === before) return;
    this.table.set(after);
    this.#turns += 1;
    this.#changedAt.set(after.packed.key, this.#turns);
    changed.add(after.packed.key);
  }

  /** On disk, then told: what was shown once is known after a restart, so that nothing older is shown then (T5). */
  async #commit(changed: ReadonlySet<string>): Promise<void> {
    if (changed.size === 0) return;
    const frozen = [...changed].flatMap((key) => this.table.freeze(key) ?? []);
    try {
      await this.#deps.copy.save(frozen);
    } catch (thrown) {
      // The session says that storage is lost; what people wrote is still shown.
      this.#deps.context.platform.logger.error('objects-not-kept', { error: String(thrown) });
    }
    this.#screen.show(changed);
    for (const key of changed) {
      const packed = readPackedKey(key);
      if (packed !== null) this.#deps.onCare(key, this.table.needsCare(this.table.entry(packed)));
    }
    await this.#reviewPending(changed);
  }

  /** What waits and must not go out any more: over a newer Besace's version, or without the right. */
  async #reviewPending(keys: Iterable<string>): Promise<void> {
    for (const key of [...keys]) {
      const pending = this.pending.of(key);
      const packed = readPackedKey(key);
      const kind = packed === null ? undefined : this.kindOf(packed.type);
      if (pending === undefined || pending.waiting.length === 0 || packed === null || kind === undefined) continue;
      const entry = this.table.entry(packed);
      const merged = withPending(kind, entry, this.pending);
      const lost = this.powers.known && merged !== null && !kind.mayWrite(this.powers.authority, this.me, merged);
      const held = this.table.isHeld(entry);
      if (!held && !lost) continue;
      await this.pending.withdraw(key, { code: held ? 'update-needed' : 'forbidden' });
      this.#screen.show([key]);
    }
  }

  #takeMine(key: string, eventId: EventId, work: ObjectWork): void {
    const packed = readPackedKey(key);
    const kind = this.kindOf(work.type);
    const parsed = kind?.parse(withoutPrev(work.content));
    if (packed === null || kind === undefined || parsed === undefined || !parsed.ok) return;
    const at = this.#deps.context.platform.clock.now();
    const raw: RawEvent = {
      event_id: eventId,
      room_id: this.roomId,
      type: ENCRYPTED,
      sender: this.me,
      origin_server_ts: at,
      state_key: key,
      content: {},
      unsigned: {},
    };
    const version = { eventId, sender: this.me, at, object: parsed.value };
    const entry = this.table.entry(packed);
    const changed = new Set<string>();
    const wire = { raw, packed, replaces: entry.current };
    this.#put(entry, takeVersion(kind, entry, wire, { kind: 'accepted', version, prev: [] }, 'live'), changed);
    void this.inTurn(() => this.#commit(changed));
  }
}
