import type { EventId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, it } from 'vitest';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Verdict } from './judge.ts';
import { type LookBackPorts, lookBack, searchHistory } from './lookBack.ts';
import { address, OTHER_CARD, wireVersion } from './testing.ts';
import type { WireVersion } from './wire.ts';

describe('the look back', () => {
  it('[OBJ-6][T11] goes past everything that does not count to the newest that does', async () => {
    const world = history([
      version('bad2', { replaces: 'bad1' }),
      version('bad1', { replaces: 'good' }),
      version('good'),
    ]);
    expect(await lookBack(world.ports, version('bad3', { replaces: 'bad2' }), [])).toBe(true);
    expect(world.taken).toEqual(['$bad2', '$bad1', '$good']);
  });

  it('[OBJ-6][OBJ-8][T11] goes past versions that are too new, one after the other, to the newest that can be read', async () => {
    const world = history([
      version('new2', { replaces: 'new1' }),
      version('new1', { replaces: 'good' }),
      version('good'),
    ]);
    expect(await lookBack(world.ports, version('new3', { replaces: 'new2' }), [])).toBe(true);
    expect(world.taken).toEqual(['$new2', '$new1', '$good']);
    expect(await searchHistory(world.ports, new Set([version('good').packed.key]))).toEqual(
      new Set([version('good').packed.key]),
    );
    expect(world.taken.slice(3)).toEqual(['$new2', '$new1', '$good']);
  });

  it('[OBJ-6][T11] goes by what the version says itself where the server has no link', async () => {
    const world = history([version('good')]);
    expect(await lookBack(world.ports, version('bad'), ['$gone' as EventId, '$good' as EventId])).toBe(true);
  });

  it('[OBJ-6] stops at what is folded already', async () => {
    const world = history([], new Set(['$known']));
    expect(await lookBack(world.ports, version('bad', { replaces: 'known' }), [])).toBe(true);
    expect(world.taken).toEqual([]);
  });

  it('[OBJ-6][T7] is not led astray by links in a circle or into other objects, and ends', async () => {
    const other = version('bad-other', { packed: address(OTHER_CARD) });
    const world = history([version('bad1', { replaces: 'bad2' }), version('bad2', { replaces: 'bad1' }), other]);
    expect(await lookBack(world.ports, version('bad', { replaces: 'bad1' }), ['$bad-other' as EventId])).toBe(false);
    const endless = {
      ...world.ports,
      event: async (id: EventId) => ok(version(`bad${id}`, { replaces: `bad${id}` }).raw),
    };
    expect(await lookBack(endless, version('bad', { replaces: 'x' }), [])).toBe(false);
    expect(world.taken.length).toBeLessThan(40);
  });

  it('[OBJ-6][T11] searches the history for many objects at once', async () => {
    const good = version('good');
    const other = version('good-other', { packed: address(OTHER_CARD) });
    const world = history([version('bad'), other, good]);
    const keys = new Set([good.packed.key, other.packed.key, 'fr.besace.task:cccccccccccccccccccccc']);
    expect(await searchHistory(world.ports, keys)).toEqual(new Set([good.packed.key, other.packed.key]));
  });
});

const version = wireVersion;

/** A server that has these events, newest first; what is called bad does not count, what is called new is too new. */
function history(events: readonly WireVersion[], folded: ReadonlySet<string> = new Set()) {
  const taken: string[] = [];
  const byId = new Map<string, RawEvent>(events.map((one) => [one.raw.event_id, one.raw]));
  const ports: LookBackPorts = {
    isKind: (type) => type === 'fr.besace.task',
    event: async (eventId) => {
      if (eventId === '$gone') return err({ code: 'server-failed' });
      return ok(byId.get(eventId) ?? null);
    },
    history: async (_type, from) => {
      const at = from === null ? 0 : Number(from);
      const next = at + 2 < events.length ? String(at + 2) : null;
      return ok({ events: events.slice(at, at + 2).map((one) => one.raw), next });
    },
    take: async (wire): Promise<Verdict> => {
      taken.push(wire.raw.event_id);
      if (wire.raw.event_id.includes('bad')) return { kind: 'refused', reason: 'invalid', prev: [] };
      if (wire.raw.event_id.includes('new')) return { kind: 'newer', content: { v: 9 }, prev: [] };
      const { event_id: eventId, sender } = wire.raw;
      return { kind: 'accepted', version: { eventId, sender, at: 0, object: {} }, prev: [] };
    },
    isFolded: (_key, eventId) => folded.has(eventId),
  };
  return { ports, taken };
}
