import type { RoomList, RoomSummary } from '@besace/matrix/api/types';
import { parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import { describe, expect, it } from 'vitest';
import { effectScope } from 'vue';
import type { Command, Feature, Place, RoomView } from '../feature.ts';
import { placeOf } from '../place.ts';
import { roomPath, sidePath } from '../places.ts';
import { createPreferences } from '../preferences.ts';
import { viewsFor } from '../room/roomViews.ts';
import { keysOf, runShortcut, useShortcut } from '../shortcuts.ts';
import { findEverywhere, matching } from './palette.ts';
import { todayFrom } from './today.ts';
import { unreadAtHome, workspaceMarks } from './workspaceMarks.ts';

function id(text: string): RoomId {
  const parsed = parseRoomId(text);
  if (!parsed.ok) throw new Error(text);
  return parsed.value;
}

function room(roomId: string, over: Partial<RoomSummary> = {}): RoomSummary {
  return {
    roomId: id(roomId),
    kind: 'chat',
    membership: 'join',
    name: roomId.slice(1),
    nameLocked: false,
    direct: false,
    directWith: null,
    encrypted: true,
    parents: [],
    joinedCount: 2,
    outsiderCount: 0,
    openToOutsiders: false,
    unread: 0,
    highlights: 0,
    lastActivity: 0,
    preview: null,
    inviter: null,
    fromStranger: false,
    ...over,
  };
}

const list = (...rooms: RoomSummary[]): RoomList => ({ rooms, total: rooms.length, complete: true });

describe('the rail', () => {
  it('sums what is unread in the rooms of a workspace, and marks outsiders', () => {
    const space = room('!space', { kind: 'workspace', name: 'Rentrée' });
    const rooms = list(
      space,
      room('!a', { parents: [space.roomId], unread: 2, highlights: 1 }),
      room('!b', { parents: [space.roomId], outsiderCount: 1, unread: 1 }),
      room('!c', { unread: 5 }),
      room('!d', { membership: 'invite' }),
    );
    expect(workspaceMarks(rooms)).toEqual([
      { roomId: space.roomId, name: 'Rentrée', unread: 3, highlights: 1, outsiders: true },
    ]);
    expect(unreadAtHome(rooms)).toEqual({ unread: 6, highlights: 0 });
  });
});

describe('the home page', () => {
  it('shows invitations, then what waits with mentions first, then what was read last', () => {
    const today = todayFrom(
      list(
        room('!a', { lastActivity: 5 }),
        room('!b', { unread: 9, lastActivity: 9 }),
        room('!c', { unread: 1, highlights: 1 }),
        room('!d', { membership: 'invite' }),
        room('!w', { kind: 'workspace', unread: 4 }),
      ),
    );
    const names = (rooms: readonly RoomSummary[]): readonly string[] => rooms.map(({ name }) => name);
    expect([names(today.invitations), names(today.waiting), names(today.recent), today.calm]).toEqual([
      ['d'],
      ['c', 'b'],
      ['a'],
      false,
    ]);
  });

  it('is not calm before anything is known', () => {
    expect([todayFrom(null).calm, todayFrom(list()).calm]).toEqual([false, true]);
  });
});

describe('the place', () => {
  const home: Place = { kind: 'home' };
  const inSpace: Place = { kind: 'workspace', roomId: id('!space') };
  const at = (path: string, roomId?: string) => ({ path, params: roomId ? { roomId } : {} });
  const rooms = list(room('!in', { parents: [id('!other'), id('!space')] }), room('!alone'));

  it('stays in the workspace that was open when the room is one of its rooms', () => {
    expect(placeOf(at('/salon/!in', '!in'), rooms, inSpace)).toBe(inSpace);
    expect(placeOf(at('/salon/!in', '!in'), rooms, home)).toEqual({ kind: 'workspace', roomId: '!other' });
    expect(placeOf(at('/salon/!alone', '!alone'), rooms, inSpace)).toEqual(home);
  });

  it('does not move for settings, nor for a room that is not known yet', () => {
    expect(placeOf(at('/reglages'), rooms, inSpace)).toBe(inSpace);
    expect(placeOf(at('/salon/!x', '!x'), null, inSpace)).toBe(inSpace);
    expect(placeOf(at('/espace/!space', '!space'), rooms, inSpace)).toBe(inSpace);
    expect(placeOf(at('/conversations'), rooms, inSpace)).toEqual(home);
  });
});

describe('addresses', () => {
  it('encode ids, whatever is in them', () => {
    expect(roomPath(id('!a/b?c'), 'discussion')).toBe('/salon/!a%2Fb%3Fc/discussion');
    expect(sidePath(id('!a'), 'tableau', 'carte', '$x/y')).toBe('/salon/!a/tableau/carte/%24x%2Fy');
  });
});

describe('a room of a kind', () => {
  it('has the views of its kind, in the order that this kind gives them', () => {
    const view = (path: string, kinds: RoomView['kinds'], order: number): RoomView => ({
      path,
      label: path,
      icon: {},
      kinds,
      order: () => order,
      component: {},
    });
    const feature = (...roomViews: RoomView[]): Feature => ({
      name: 'x',
      strings: {} as Feature['strings'],
      roomViews,
    });
    const features = [feature(view('discussion', ['chat', 'board'], 2)), feature(view('tableau', ['board'], 1))];
    expect(viewsFor(features, 'board').map(({ path }) => path)).toEqual(['tableau', 'discussion']);
    expect(viewsFor(features, 'chat').map(({ path }) => path)).toEqual(['discussion']);
  });
});

describe('the palette', () => {
  const command = (title: string, keywords = ''): Command => ({ id: title, title, keywords, run: () => undefined });
  const all = [command('Réunion de rentrée'), command('Budget', 'rentrée'), command('Marché public')];
  const titles = (query: string): readonly string[] => matching(all, query).map(({ title }) => title);

  it('finds by the beginnings of words, whatever the accents, titles first', () => {
    expect(titles('rentree')).toEqual(['Réunion de rentrée', 'Budget']);
    expect(titles('reu ren')).toEqual(['Réunion de rentrée']);
    expect(titles('union')).toEqual([]);
    expect(titles('')).toHaveLength(3);
  });

  it('loses only the results of a feature that fails', async () => {
    const failed: string[] = [];
    const feature = (name: string, find: Feature['find']): Feature => ({
      name,
      strings: {} as Feature['strings'],
      ...(find ? { find } : {}),
    });
    const features = [
      feature('a', async () => Promise.reject(new Error('down'))),
      feature('b', async () => [command('Anne')]),
    ];
    const found = await findEverywhere(features, 'an', {} as never, (name) => failed.push(name));
    expect([found.map(({ title }) => title), failed]).toEqual([['Anne'], ['a']]);
  });
});

describe('shortcuts', () => {
  const press = (key: string, over: object = {}) =>
    ({
      key,
      ctrlKey: false,
      metaKey: false,
      altKey: false,
      shiftKey: false,
      preventDefault: () => undefined,
      target: null,
      ...over,
    }) as unknown as KeyboardEvent;

  it('names keys the same on every layout', () => {
    expect(keysOf(press('k', { ctrlKey: true }))).toBe('Mod+K');
    expect(keysOf(press('?', { shiftKey: true }))).toBe('?');
    expect(keysOf(press('ArrowDown', { altKey: true, shiftKey: true }))).toBe('Alt+Shift+ArrowDown');
  });

  it('answers with what is on top, not while one types a letter in a field, and ends with its owner', () => {
    const ran: string[] = [];
    const scope = effectScope();
    scope.run(() => {
      useShortcut({ keys: '?', label: 'a', run: () => ran.push('first') });
      useShortcut({ keys: '?', label: 'b', run: () => ran.push('second') });
    });
    expect(runShortcut(press('?'))).toBe(true);
    expect(runShortcut(press('?', { target: { tagName: 'INPUT' } }))).toBe(false);
    scope.stop();
    expect([runShortcut(press('?')), ran]).toEqual([false, ['second']]);
  });
});

describe('preferences', () => {
  const storage = (kept: string | null) => {
    const values = new Map(kept === null ? [] : [['besace.preferences', kept]]);
    return {
      getItem: (key: string) => values.get(key) ?? null,
      setItem: (key: string, value: string) => void values.set(key, value),
    };
  };
  const make = (kept: string | null, languages: readonly string[] = []) =>
    createPreferences({ storage: storage(kept), languages, apply: () => undefined }).current;

  it('is in French unless the browser asks for English first', () => {
    expect([make(null).locale, make(null, ['de', 'en-GB', 'fr']).locale, make(null, ['fr-CA', 'en']).locale]).toEqual([
      'fr',
      'en',
      'fr',
    ]);
  });

  it('reads what was kept, and only what it knows', () => {
    expect(make('{"theme":"dark","locale":"xx","contrast":"more"}')).toEqual({
      theme: 'dark',
      contrast: 'more',
      locale: 'fr',
    });
    expect(make('not json').theme).toBe('system');
  });
});
