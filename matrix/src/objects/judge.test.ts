import { authorityFrom } from '@besace/protocol/core/authority';
import type { ObjectId } from '@besace/protocol/core/ids';
import { err } from '@besace/protocol/core/result';
import { boardKind, taskKind } from '@besace/protocol/features/tasks';
import { kindOf } from '@besace/protocol/registry';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { judge } from './judge.ts';
import { ALICE, address, BOB, CARD, cardContent, EVE, OTHER_CARD, opened, wireVersion } from './testing.ts';

const task = kindOf(taskKind.type);
const board = kindOf(boardKind.type);
if (task === null || board === null) throw new Error('tasks are not registered');
const authority = authorityFrom({
  create: null,
  powerLevels: { users: { [ALICE]: 10 }, users_default: 0, state_default: 10 },
  outsiders: [],
});
const content = cardContent({ title: ['a', 1, ALICE] });
const wire = wireVersion('e');

describe('the judgement of a version', () => {
  it('[OBJ-1] takes what is inside as it is addressed outside', () => {
    expect(judge(wire, opened(wire, content), task, authority)).toMatchObject({ kind: 'accepted', prev: [] });
  });

  it.each([
    ['another type', { type: 'fr.besace.column' }],
    ['another object', { stateKey: OTHER_CARD }],
    ['no object', { stateKey: null }],
    ['another sender', { sender: BOB }],
    ['another event', { eventId: '$other' as never }],
  ])('[OBJ-1][T1] refuses a ciphertext made for %s', (_what, over) => {
    expect(judge(wire, opened(wire, content, over), task, authority)).toMatchObject({
      kind: 'refused',
      reason: 'invalid',
    });
  });

  it('[OBJ-2][T3] refuses an author who never had the right', () => {
    const eves = wireVersion('e', { sender: EVE });
    expect(judge(eves, opened(eves, content), task, authority)).toMatchObject({ reason: 'forbidden' });
    expect(judge(eves, opened(eves, { v: 99 }), task, authority)).toMatchObject({ reason: 'forbidden' });
  });

  it('[OBJ-2] refuses a second object where a room has one', () => {
    const packed = address(CARD, boardKind.type);
    const second = wireVersion('e', { packed });
    const owner = authorityFrom({ create: null, powerLevels: { users: { [ALICE]: 100 } }, outsiders: [] });
    expect(judge(second, opened(second, { v: 1 }), board, owner)).toMatchObject({ reason: 'invalid' });
    const only = wireVersion('e', { packed: address('AAAAAAAAAAAAAAAAAAAAAA' as ObjectId, boardKind.type) });
    expect(judge(only, opened(only, { v: 1 }), board, owner)).toMatchObject({ kind: 'accepted' });
  });

  it.each([
    ['waiting-for-key', 'locked'],
    ['before-you-joined', 'locked'],
    ['refused-sender', 'forbidden'],
    ['not-encrypted', 'invalid'],
    ['unreadable', 'invalid'],
  ] as const)('[OBJ-7][T6] counts %s as %s', (why, reason) => {
    const closed = err({ why, sessionId: null, detail: '' });
    expect(judge(wire, closed, task, authority)).toEqual({ kind: 'refused', reason, prev: [] });
  });

  it('[OBJ-2][T7] never throws, whatever the ciphertext held', () => {
    fc.assert(
      fc.property(fc.dictionary(fc.string(), fc.jsonValue()), fc.jsonValue(), (any, prev) => {
        judge(wire, opened(wire, { ...any, prev }), task, authority);
        judge(wire, opened(wire, { ...content, ...any, v: 1, prev }), task, authority);
      }),
      { numRuns: 1000, seed: 20_261_124 },
    );
  });
});
