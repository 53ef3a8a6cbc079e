import { describe, expect, test } from 'vitest';
import { lastEditable, openingRow, type Row, type RowOptions, timelineRows } from './rows.ts';
import { memberItem, textItem, userId } from './testing.ts';

const minute = 60_000;
const options: RowOptions = { unreadFrom: null, dayOf: (at) => new Date(at).toISOString().slice(0, 10) };
const ten = Date.UTC(2026, 10, 23, 10);

describe('timeline rows', () => {
  test('[MSG-1] separate days and group messages by sender', () => {
    const rows = timelineRows(
      [
        textItem('a', 'Bonjour', { at: ten }),
        textItem('b', 'Le plan est prêt', { at: ten + minute }),
        textItem('c', 'Merci', { at: ten + 2 * minute, sender: userId('@bob:culture.test'), senderName: 'Bob' }),
        textItem('d', 'De rien', { at: ten + 24 * 60 * minute }),
      ],
      options,
    );
    expect(outline(rows)).toEqual(['day', 'a opens', 'b', 'c opens', 'day', 'd opens']);
  });

  test('[MSG-2] a silence of more than five minutes opens a new group', () => {
    const rows = timelineRows(
      [
        textItem('a', '1', { at: ten }),
        textItem('b', '2', { at: ten + 5 * minute }),
        textItem('c', '3', { at: ten + 11 * minute }),
      ],
      options,
    );
    expect(outline(rows)).toEqual(['day', 'a opens', 'b', 'c opens']);
  });

  test('[MSG-1] [MSG-2] one unread line, and a new group after it', () => {
    const rows = timelineRows([textItem('a', '1'), textItem('b', '2')], { ...options, unreadFrom: 'b' });
    expect(outline(rows)).toEqual(['day', 'a opens', 'unread', 'b opens']);
    expect(openingRow(rows)).toBe(2);
  });

  test('[MSG-4] what a room is set up with at its opening is one line', () => {
    const set = (id: string, change: 'created' | 'power' | 'encryption', at: number) =>
      ({ ...textItem(id, '', { at }), body: { kind: 'room', change } }) as const;
    const rows = timelineRows(
      [set('a', 'created', ten), set('b', 'power', ten), set('c', 'encryption', ten + minute)],
      options,
    );
    expect(rows.flatMap((row) => (row.kind === 'notice' ? [row.items.map(({ id }) => id)] : []))).toEqual([
      ['a', 'b'],
      ['c'],
    ]);
  });

  test('[MSG-7] without anything unread, a room opens at its end', () => {
    expect(openingRow(timelineRows([textItem('a', '1'), textItem('b', '2')], options))).toBe(2);
    expect(openingRow([])).toBe(-1);
  });

  test('[MSG-20] [T2] messages whose author is not proven make a group of their own', () => {
    const items = [
      textItem('a', '1'),
      textItem('b', '2', { unproven: ['sender'] }),
      textItem('c', '3', { unproven: ['sender', 'reply'] }),
      textItem('d', '4', { unproven: ['edit'] }),
    ];
    const opens = timelineRows(items, options).flatMap((row) => (row.kind === 'message' ? [row.opens] : []));
    expect(opens).toEqual([true, true, false, true]);
  });

  test('[MSG-3] [T4] a doubtful date makes no day and no group', () => {
    const rows = timelineRows(
      [
        textItem('a', '1'),
        textItem('b', '2', { at: ten + 400 * 24 * 60 * minute, doubtfulDate: true }),
        textItem('c', '3'),
      ],
      options,
    );
    expect(outline(rows)).toEqual(['day', 'a opens', 'b', 'c']);
  });

  test('[MSG-4] [T9] arrivals fold, outsiders and devices never do', () => {
    const rows = timelineRows(
      [
        memberItem('a', 'Anne', 'joined'),
        memberItem('b', 'Bob', 'joined'),
        memberItem('c', 'Chantal', 'joined', { outsideMember: true }),
        memberItem('d', 'Didier', 'left'),
        textItem('e', '', { body: { kind: 'device', user: userId('@bob:culture.test'), name: 'Bob' } }),
        textItem('f', '', { body: { kind: 'device', user: userId('@bob:culture.test'), name: 'Bob' } }),
      ],
      options,
    );
    expect(outline(rows)).toEqual(['day', 'notice a b', 'notice c', 'notice d', 'notice e', 'notice f']);
  });

  test('[MSG-5] [T6] what is locked keeps its place', () => {
    const rows = timelineRows(
      [textItem('a', '1'), textItem('b', '', { body: { kind: 'locked', why: 'waiting-for-key' } }), textItem('c', '3')],
      options,
    );
    expect(outline(rows)).toEqual(['day', 'a opens', 'b', 'c']);
  });

  test('[MSG-11] the last text of mine that the server has is the one to edit', () => {
    const items = [
      textItem('a', 'mine', { mine: true }),
      textItem('b', 'hers'),
      textItem('c', 'mine, on its way', { mine: true, eventId: null, sending: { kind: 'sending', progress: null } }),
    ];
    expect(lastEditable(items)?.id).toBe('a');
    expect(lastEditable([textItem('b', 'hers')])).toBeNull();
  });

  test('[MSG-61] a long absence is summed up right under the unread line', () => {
    const missed = { messages: 1, mentions: 0, people: [], from: 0, to: 0, firstMention: null };
    const items = [textItem('a', '1'), textItem('b', '2')];
    expect(outline(timelineRows(items, { ...options, unreadFrom: 'b', missed }))).toEqual([
      'day',
      'a opens',
      'unread',
      'missed',
      'b opens',
    ]);
  });
});

function outline(rows: readonly Row[]): readonly string[] {
  return rows.map(describeRow);
}

function describeRow(row: Row): string {
  switch (row.kind) {
    case 'day':
    case 'unread':
    case 'missed':
      return row.kind;
    case 'message':
      return row.opens ? `${row.item.id} opens` : row.item.id;
    case 'notice':
      return `notice ${row.items.map((item) => item.id).join(' ')}`;
  }
}
