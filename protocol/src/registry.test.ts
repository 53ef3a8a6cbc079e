import { describe, expect, it } from 'vitest';
import { authorityFrom } from './core/authority.ts';
import type { UserId } from './core/ids.ts';
import { boardKind, columnKind, taskKind } from './features/tasks/index.ts';
import { powerLevelsFor, roomKind } from './features/workspaces/index.ts';
import { kindOf, kinds } from './registry.ts';
import { CONTRIBUTOR, MANAGER, OWNER, READER } from './testing/arbitraries.ts';

describe('the registry', () => {
  it('finds every kind by its type, and nothing else', () => {
    for (const kind of kinds) expect(kindOf(kind.type)).toBe(kind);
    expect(new Set(kinds.map(({ type }) => type)).size).toBe(kinds.length);
    for (const type of ['fr.besace.unknown', '__proto__', 'constructor', '']) expect(kindOf(type)).toBeNull();
  });

  it('holds kinds of one name space, which the server never sees but as part of a packed key', () => {
    for (const { type } of kinds) expect(type).toMatch(/^fr\.besace\.[a-z]+$/);
  });

  it('[WORK-3] [TASK-2] has kinds that the people meant to write them can write in a room made from the template', () => {
    const authority = authorityFrom({
      create: { sender: OWNER, content: { room_version: '12' } },
      powerLevels: powerLevelsFor('board', [
        [MANAGER, 50],
        [CONTRIBUTOR, 10],
      ]),
      outsiders: [],
    });
    const may = (user: UserId) => [
      taskKind.mayWrite(authority, user, taskKind.empty),
      columnKind.mayWrite(authority, user, columnKind.empty),
      boardKind.mayWrite(authority, user, boardKind.empty),
      roomKind.mayWrite(authority, user, roomKind.empty),
    ];
    expect(may(OWNER)).toEqual([true, true, true, true]);
    expect(may(MANAGER)).toEqual([true, true, true, true]);
    expect(may(CONTRIBUTOR)).toEqual([true, false, false, false]);
    expect(may(READER)).toEqual([false, false, false, false]);
  });
});
