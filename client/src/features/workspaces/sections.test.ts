import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type ListPlace, linesOf, sectionsOf } from './sections.ts';
import { roomId, summary } from './testing.ts';

const home: ListPlace = { kind: 'home' };
const work = roomId('!work');
const there: ListPlace = { kind: 'workspace', roomId: work };
const workspace = summary('work', { kind: 'workspace' });

describe('the list of a place', () => {
  const rooms = [
    workspace,
    summary('talk', { lastActivity: 5 }),
    summary('plan', { parents: [work], kind: 'board' }),
    summary('team', { parents: [work], unread: 3, highlights: 1 }),
    summary('asked', { membership: 'invite' }),
    summary('askedIn', { membership: 'invite', parents: [work] }),
    summary('orphan', { parents: [roomId('!elsewhere')] }),
    summary('gone', { membership: 'leave' }),
    summary('wanted', { membership: 'invite', kind: 'workspace' }),
  ];

  test('[WSP-1] at home: invitations apart, then what is in no workspace of mine', () => {
    expect(outline(home)).toEqual({ invitations: ['asked', 'askedIn', 'wanted'], conversations: ['talk', 'orphan'] });
  });

  test('[WSP-1] in a workspace: its invitations, then its rooms by kind', () => {
    expect(outline(there)).toEqual({ invitations: ['askedIn'], chats: ['team'], boards: ['plan'] });
  });

  test('[WSP-20] what strangers ask stands apart, and in no workspace', () => {
    const strange = summary('strange', { membership: 'invite', fromStranger: true, parents: [work] });
    const ids = (place: ListPlace) =>
      sectionsOf([...rooms, strange], place, null).map((section) => [
        section.id,
        section.rooms.map(({ name }) => name),
      ]);
    expect(ids(home)).toContainEqual(['requests', ['strange']]);
    expect(ids(there)).toContainEqual(['invitations', ['askedIn']]);
  });

  test('a folded section still tells what is unread in it', () => {
    const lines = linesOf(sectionsOf(rooms, there, null), new Set(['chats']));
    expect(lines.map((line) => line.key)).toEqual([
      'head invitations',
      '!askedIn',
      'head chats',
      'head boards',
      '!plan',
    ]);
    const chats = lines[2];
    expect(chats?.kind === 'head' && [chats.folded, chats.section.unread, chats.section.highlights]).toEqual([
      true,
      3,
      1,
    ]);
  });

  test('[WSP-1] unread first, then latest activity', () => {
    const some = [
      summary('a', { lastActivity: 9 }),
      summary('b', { lastActivity: 1, unread: 1 }),
      summary('c', { lastActivity: 5 }),
    ];
    expect(sectionsOf(some, home, null)[0]?.rooms.map((room) => room.name)).toEqual(['b', 'a', 'c']);
  });

  test('[WSP-2] the room that is open keeps its place among the unread', () => {
    const read = [summary('a', { lastActivity: 9 }), summary('b', { lastActivity: 1 })];
    expect(sectionsOf(read, home, roomId('!b'))[0]?.rooms.map((room) => room.name)).toEqual(['b', 'a']);
  });

  test('no room is shown twice or lost in a place, whatever the rooms', () => {
    const anyRoom = fc.record({
      id: fc.integer({ min: 0, max: 40 }),
      membership: fc.constantFrom('join', 'invite', 'leave', 'knock', 'ban'),
      kind: fc.constantFrom('chat', 'board', 'workspace', 'other'),
      inWork: fc.boolean(),
      unread: fc.nat(3),
    } as const);
    fc.assert(
      fc.property(fc.uniqueArray(anyRoom, { selector: ({ id }) => id }), (made) => {
        const all = made.map(({ id, inWork, ...over }) =>
          summary(`r${id}`, { ...over, parents: inWork ? [work] : [] }),
        );
        const shown = [home, there].flatMap((place) =>
          sectionsOf([workspace, ...all], place, null).flatMap((section) => section.rooms),
        );
        const joined = all.filter((room) => room.membership === 'join' && room.kind !== 'workspace');
        for (const room of joined) {
          expect(shown.filter((other) => other === room)).toHaveLength(1);
        }
      }),
    );
  });

  function outline(place: ListPlace): Record<string, string[]> {
    return Object.fromEntries(
      sectionsOf(rooms, place, null).map(({ id, rooms: inside }) => [id, inside.map((room) => room.name)]),
    );
  }
});
