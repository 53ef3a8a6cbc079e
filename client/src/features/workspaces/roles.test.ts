import { describe, expect, test } from 'vitest';
import { assignableRoles, canAddRooms, canInvite, isOnlyOwner, roleOf, roleOfMember } from './roles.ts';
import { details, member } from './testing.ts';

const owner = member('owner', 100);
const manager = member('manager', 50);
const reader = member('reader', 0);

describe('roles', () => {
  test('[WSP-9] are made of power, and a creator is owner for ever', () => {
    expect([0, 9, 10, 50, 99, 100, 150].map((power) => roleOf(power, false))).toEqual([
      'reader',
      'reader',
      'contributor',
      'manager',
      'manager',
      'owner',
      'owner',
    ]);
    expect(roleOfMember({ creators: [reader.userId] }, reader)).toBe('owner');
  });

  test('[WSP-10] [T3] an owner gives every role to those below', () => {
    const room = details([owner, manager, reader]);
    expect(assignableRoles(room, owner.userId, reader)).toEqual(['owner', 'manager', 'contributor', 'reader']);
    expect(assignableRoles(room, owner.userId, owner)).toEqual(['owner', 'manager', 'contributor', 'reader']);
    expect(assignableRoles(room, owner.userId, member('other', 100))).toEqual([]);
  });

  test('[WSP-10] [T3] a manager may not change roles, nor anyone that of a creator', () => {
    expect(assignableRoles(details([manager, reader]), manager.userId, reader)).toEqual([]);
    expect(assignableRoles(details([owner, reader], { creators: [reader.userId] }), owner.userId, reader)).toEqual([]);
  });

  test('[WSP-10] a creator stands above owners', () => {
    const room = details([reader, owner], { creators: [reader.userId], myPower: 0 });
    expect(assignableRoles(room, reader.userId, owner)).toContain('reader');
  });

  test('[WSP-11] an outsider is at most a contributor', () => {
    const room = details([owner, reader]);
    expect(assignableRoles(room, owner.userId, member('paul', 0, { outsider: true }))).toEqual([
      'contributor',
      'reader',
    ]);
  });

  test('levels come from the room, their absence from the Matrix defaults', () => {
    expect(canInvite(details([reader]), reader.userId)).toBe(false);
    expect(canInvite(details([manager]), manager.userId)).toBe(true);
    expect(canInvite(details([reader], { powerLevels: {} }), reader.userId)).toBe(true);
    expect(canAddRooms(details([manager]), manager.userId)).toBe(true);
    expect(
      canAddRooms(details([reader], { powerLevels: { events: { __proto__: { 'm.space.child': 0 } } } }), reader.userId),
    ).toBe(false);
  });

  test('[WSP-12] the only owner is known, unless she is alone', () => {
    expect(isOnlyOwner(details([owner, reader]), owner.userId)).toBe(true);
    expect(isOnlyOwner(details([owner]), owner.userId)).toBe(false);
    expect(isOnlyOwner(details([owner, member('two', 100)]), owner.userId)).toBe(false);
  });
});
