import type { RoomId } from '@besace/protocol/core/ids';
import { compareJson } from '@besace/protocol/core/json';
import { err, ok } from '@besace/protocol/core/result';
import type { LaterApi, Outcome } from '../api/types.ts';
import { BesaceFailure, isTransient } from '../errors.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Cancel } from '../platform/platform.ts';
import type { SessionContext } from '../session/context.ts';
import { createTurns } from '../session/turns.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Vault } from '../vault/vault.ts';
import { arrivedSince } from './arrived.ts';
import { FURTHEST_MS, type Hold, itemsIn, type LaterItem, parseItem, shown, toValue } from './item.ts';
import { createDelayServer, type DelayServer } from './server.ts';

export type Later = LaterApi & {
  /** Accepted once it is on disk; resolves with its id. `invalid` with `due` for a time that has passed or is more than a year ahead. */
  schedule(roomId: RoomId, content: Readonly<Record<string, unknown>>, due: number, id?: string): Outcome<string>;
};

const LIST = 'later';
/** What is due sooner is not handed to the server any more, ms. */
const SOON_MS = 15_000;
/** How long after its time something that the server holds may still be on its way, ms. */
const GRACE_MS = 10_000;
/** How long after its time another device of mine looks after it, ms. */
const ORPHAN_MS = 10 * 60_000;
/** Longest timer, ms: browsers count in 31 bits. And the pause after a failure. */
const LONGEST_TIMER_MS = 6 * 3_600_000;
const PAUSE_MS = 30_000;

/**
 * Messages that are to be sent at a time. The server holds each, sealed, where it can (MSC4140); whatever device is on sees to it that it
 * stays sealed for those who are in the room. Where the server cannot, this device sends it through the queue once it is due.
 */
export function createLater(
  context: Pick<SessionContext, 'account' | 'platform' | 'rooms' | 'crypto' | 'sync' | 'scope' | 'http'>,
  outbox: Pick<Outbox, 'enqueue'>,
  vault: Vault,
  server: DelayServer = createDelayServer(context.http),
  digest: (words: string) => Promise<string> = sha256,
): Later {
  const { account, platform, rooms, crypto, sync, scope } = context;
  const { clock, logger, random } = platform;
  const device: string = account.deviceId;
  const inTurn = createTurns();
  const watched = new Map<RoomId, () => void>();
  /** What the list has no room for once it is sealed: it leaves from here. */
  const unfit = new Set<string>();
  let online = false;
  let timer: Cancel | null = null;
  let running = false;
  let again = false;

  const items = () => itemsIn(vault.values(LIST));
  const find = (id: string) => parseItem(id, vault.values(LIST).get(id));

  async function put(item: LaterItem): Promise<LaterItem> {
    const kept = await vault.put(LIST, item.id, toValue(item));
    if (!kept.ok) throw new BesaceFailure(kept.error);
    return item;
  }

  async function drop(id: string): Promise<void> {
    const dropped = await vault.put(LIST, id, null);
    if (!dropped.ok) throw new BesaceFailure(dropped.error);
  }

  /** Looks after what this device answers for; one look at a time. */
  function look(): void {
    again = true;
    if (running || scope.signal.aborted) return;
    running = true;
    void lookOnce().finally(() => {
      running = false;
      if (again) look();
    });
  }

  async function lookOnce(): Promise<void> {
    again = false;
    let next = clock.now() + LONGEST_TIMER_MS;
    for (const { id } of items()) {
      try {
        await inTurn(async () => {
          const item = find(id);
          if (item === null || item.lost || !answersFor(item)) return;
          next = Math.min(next, await tend(item));
        });
      } catch (thrown) {
        // A network or a disk that failed: what is kept says where to go on.
        logger.info('later-waits', { error: thrown instanceof BesaceFailure ? thrown.error.code : String(thrown) });
        next = Math.min(next, clock.now() + PAUSE_MS);
      }
    }
    follow();
    timer?.();
    if (!scope.signal.aborted) timer = clock.after(Math.max(0, next - clock.now()), look);
  }

  /** What this device scheduled; and what the server holds long past its time, whose own device has not looked after it. */
  function answersFor({ made, hold, due }: LaterItem): boolean {
    return made === device || (hold !== null && clock.now() > due + ORPHAN_MS);
  }

  /** Does what is to be done for an item now; gives when to look again. Without a network nobody knows what another device did to it. */
  async function tend(item: LaterItem): Promise<number> {
    const now = clock.now();
    if (item.hold === null) {
      if (item.due > now && (!online || item.due - now <= SOON_MS || unfit.has(item.id))) return item.due;
      if (!online) return now + PAUSE_MS;
      if (item.due > now) return handOver(item, now);
      return (await isCurrent(item)) ? sendFromHere(item) : now;
    }
    if (!online) return Math.max(item.due + GRACE_MS, now + PAUSE_MS);
    if (item.hold.delayId === null) return (await isCurrent(item)) ? recognise(item, item.hold, now) : now;
    if (now > item.due + GRACE_MS) return (await isCurrent(item)) ? verify(item, item.hold) : now;
    if (item.due - now <= SOON_MS) return item.due + GRACE_MS;
    const members = await membersOf(item.roomId);
    if (members === null) return now + PAUSE_MS;
    if (members === item.hold.members) return item.due + GRACE_MS;
    if (!(await isCurrent(item))) return now;
    // Who came meanwhile could not read it, and who left holds its key: it is sealed anew.
    const freed = await release(item);
    return freed === null ? item.due + GRACE_MS : tend(freed);
  }

  /** Whether it still is what this device knows: asked anew, since another device may have sent, changed or cancelled it. */
  async function isCurrent(item: LaterItem): Promise<boolean> {
    const asked = await vault.refresh(LIST, item.id);
    if (!asked.ok) throw new BesaceFailure(asked.error);
    const known = find(item.id);
    return known !== null && compareJson(toValue(known), toValue(item)) === 0;
  }

  async function sendFromHere({ id, roomId, content }: LaterItem): Promise<number> {
    // Under its own id: killed between the two writes, it is queued once.
    const queued = await outbox.enqueue({ roomId, work: { kind: 'message', content }, id });
    if (!queued.ok) throw new BesaceFailure(queued.error);
    await drop(id);
    return Number.POSITIVE_INFINITY;
  }

  async function handOver(item: LaterItem, now: number): Promise<number> {
    const longest = await server.longest();
    if (!longest.ok) throw new BesaceFailure(longest.error);
    if (item.due - now > longest.value) return longest.value === 0 ? item.due : item.due - longest.value + 1;
    const members = await membersOf(item.roomId);
    if (members === null) return now + PAUSE_MS;
    if (!(await isCurrent(item))) return now;
    const sealed = await crypto.encrypt(item.roomId, { type: 'm.room.message', content: item.content });
    if (!sealed.ok) {
      if (isTransient(sealed.error)) throw new BesaceFailure(sealed.error);
      return item.due; // it is refused, and said to be, when it is sent
    }
    const { ciphertext } = sealed.value.content;
    if (typeof ciphertext !== 'string') return item.due;
    // Written down before it is asked: after a kill, it is known again by its ciphertext.
    const asked: LaterItem = { ...item, hold: { delayId: null, sealed: ciphertext, members } };
    const kept = await vault.put(LIST, item.id, toValue(asked));
    if (!kept.ok && kept.error.code === 'too-large') {
      unfit.add(item.id);
      return item.due;
    }
    if (!kept.ok) throw new BesaceFailure(kept.error);
    const held = await server.hold({
      roomId: item.roomId,
      txnId: newId(),
      content: sealed.value.content,
      delayMs: item.due - clock.now(),
    });
    if (held.ok) {
      await put({ ...asked, hold: { delayId: held.value, sealed: ciphertext, members } });
      return item.due + GRACE_MS;
    }
    if (isTransient(held.error) && held.error.code !== 'limited') throw new BesaceFailure(held.error);
    await put({ ...item, hold: null });
    return held.error.code === 'limited' ? clock.now() + PAUSE_MS : item.due;
  }

  /** The answer to handing it over was lost: the server says what it holds. */
  async function recognise(item: LaterItem, hold: Hold, now: number): Promise<number> {
    const delayId = await delayIdOf(hold);
    if (delayId !== null) await put({ ...item, hold: { ...hold, delayId } });
    else if (now >= item.due && (await arrivedSince(context, item, hold.sealed))) await drop(item.id);
    else await put({ ...item, hold: null });
    return now;
  }

  /** Its time has passed: it is in the room, or still with the server, or was let go and refused there. */
  async function verify(item: LaterItem, hold: Hold): Promise<number> {
    if ((await delayIdOf(hold)) !== null) return clock.now() + PAUSE_MS;
    if (await arrivedSince(context, item, hold.sealed)) await drop(item.id);
    else if (hold.recalled) await put({ ...item, hold: null });
    else await put({ ...item, hold: null, lost: true });
    return clock.now();
  }

  /** Takes it back from the server: nothing of it leaves from there any more. Null when it has left, or nobody can say yet. */
  async function release(item: LaterItem): Promise<LaterItem | null> {
    const { hold } = item;
    if (hold === null) return item;
    const delayId = hold.delayId ?? (await delayIdOf(hold));
    const passed = clock.now() >= item.due;
    if (delayId !== null) {
      // Written down first, and once: without the answer, one knows why the server has it no longer, and each writing begins another look.
      const written = hold.recalled === true && hold.delayId === delayId;
      const recalled = written ? item : await put({ ...item, hold: { ...hold, delayId, recalled: true } });
      const cancelled = await server.cancel(delayId);
      if (cancelled.ok) return put({ ...recalled, hold: null });
      if (cancelled.error.code !== 'not-found') throw new BesaceFailure(cancelled.error);
      if (passed && hold.recalled === undefined) {
        await put(item);
        return null;
      }
    }
    if (passed || delayId !== null) {
      if (await arrivedSince(context, item, hold.sealed)) {
        await drop(item.id);
        return null;
      }
    }
    return put({ ...item, hold: null });
  }

  async function delayIdOf(hold: Hold): Promise<string | null> {
    const held = await server.held();
    if (!held.ok) throw new BesaceFailure(held.error);
    return held.value.get(hold.sealed) ?? null;
  }

  /** Says who is in the room, so that one can tell that it changed; null while that is not known. */
  async function membersOf(roomId: RoomId): Promise<string | null> {
    const loaded = await rooms.ensureMembers(roomId);
    const room = rooms.get(roomId);
    if (!loaded.ok || room === undefined) return null;
    const inside = room.members().filter(({ membership }) => membership === 'join' || membership === 'invite');
    const words = inside
      .map(({ userId }) => userId)
      .sort()
      .join(' ');
    return digest(words);
  }

  /** Looks again when somebody comes or goes in a room for which something waits. */
  function follow(): void {
    const wanted = new Set(items().flatMap(({ roomId, made }) => (made === device ? [roomId] : [])));
    for (const [roomId, stop] of watched) {
      if (wanted.has(roomId)) continue;
      stop();
      watched.delete(roomId);
    }
    for (const roomId of wanted) if (!watched.has(roomId)) watched.set(roomId, rooms.onChange(roomId, look));
  }

  /** What the server let go shows in its room: then it waits no longer, on whatever device sees it first. */
  function onEvents(events: readonly RawEvent[]): void {
    const mine = events.filter(({ sender, type }) => sender === account.userId && type === 'm.room.encrypted');
    if (mine.length === 0) return;
    const seen = new Set(mine.map(({ content }) => content.ciphertext));
    for (const { id, hold } of items()) if (hold !== null && seen.has(hold.sealed)) dropSeen(id);
  }

  function dropSeen(id: string): void {
    inTurn(() => drop(id)).catch((thrown) => logger.warn('later-not-dropped', { error: String(thrown) }));
  }

  /** What the person does to one item; the network's failures are said to her. */
  async function act(id: string, change: (item: LaterItem) => Promise<void>): Outcome<void> {
    try {
      return await inTurn(async () => {
        // Where nobody can say what another device did, what is here counts.
        if (online) await vault.refresh(LIST, id);
        const item = find(id);
        // Another device is handing it over right now, and alone knows what becomes of it.
        if (item !== null && item.made !== device && item.hold?.delayId === null && clock.now() < item.due)
          return err({ code: 'limited' as const, retryAfterMs: PAUSE_MS, detail: 'scheduled' });
        const freed = item === null ? null : await release(item);
        if (freed === null) return err({ code: 'not-found' as const, detail: 'scheduled' });
        await change({ ...freed, lost: false, made: device });
        return ok(undefined);
      });
    } catch (thrown) {
      if (thrown instanceof BesaceFailure) return err(thrown.error);
      throw thrown;
    } finally {
      look();
    }
  }

  function newId(): string {
    return `l${[...random.bytes(16)].map((byte) => byte.toString(16).padStart(2, '0')).join('')}`;
  }

  const isTime = (due: number) => Number.isFinite(due) && due > clock.now() && due <= clock.now() + FURTHEST_MS;

  scope.add(() => {
    timer?.();
    for (const stop of watched.values()) stop();
  });
  scope.add(vault.watch(LIST, look));
  scope.add(sync.onAnyTimelineEvents(({ batch }) => onEvents(batch.events)));
  scope.add(
    sync.watchConnection((connection) => {
      online = connection.kind === 'online';
      look();
    }),
  );

  return {
    async schedule(roomId, content, due, id = newId()) {
      if (!isTime(due)) return err({ code: 'invalid', detail: 'due' });
      const kept = await vault.put(
        LIST,
        id,
        toValue({ id, roomId, due, content, made: device, hold: null, lost: false }),
      );
      return kept.ok ? ok(id) : kept;
    },
    watchScheduled: async (listener) =>
      vault.watch(LIST, (values) => listener(itemsIn(values).map((item) => shown(item, device)))),
    async reschedule(id, due) {
      if (!isTime(due)) return err({ code: 'invalid', detail: 'due' });
      return act(id, async (item) => {
        await put({ ...item, due });
      });
    },
    sendNow: (id) =>
      act(id, async (item) => {
        await sendFromHere(item);
      }),
    cancelScheduled: (id) => act(id, (item) => drop(item.id)),
  };
}

async function sha256(words: string): Promise<string> {
  const digest = await globalThis.crypto.subtle.digest('SHA-256', new TextEncoder().encode(words));
  return btoa(String.fromCharCode(...new Uint8Array(digest)));
}
