import type { BesaceError, RoomList } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import { describe, expect, test } from 'vitest';
import { effectScope, ref, shallowRef } from 'vue';
import type { ListPlace } from './sections.ts';
import { details, member, roomId, summary, userId } from './testing.ts';
import { useInvitations } from './useInvitations.ts';
import { checkName, longestName, useNewRoom, useNewWorkspace } from './useNewPlace.ts';
import { usePeople } from './usePeople.ts';
import { useRoomSections } from './useRoomSections.ts';

/** Calls that are kept, and answered with success or with `refusal.error`. */
function recorder() {
  const calls: unknown[][] = [];
  const refusal: { error: BesaceError | null } = { error: null };
  function answer<T>(value: T, ...call: unknown[]) {
    calls.push(call);
    return Promise.resolve(refusal.error === null ? ok(value) : err(refusal.error));
  }
  return { calls, refusal, answer };
}

function memoryStorage(): Pick<Storage, 'getItem' | 'setItem'> {
  const kept = new Map<string, string>();
  return { getItem: (key) => kept.get(key) ?? null, setItem: (key, value) => void kept.set(key, value) };
}

describe('the list', () => {
  function open(storage = memoryStorage()) {
    const rooms = shallowRef<RoomList | null>(null);
    const current = ref<RoomId | null>(null);
    const place = ref<ListPlace>({ kind: 'home' });
    const model = effectScope().run(() =>
      useRoomSections({ rooms, place: () => place.value, current: () => current.value, storage }),
    );
    if (model === undefined) throw new Error('no scope');
    const show = (...list: ReturnType<typeof summary>[]) => {
      rooms.value = { rooms: list, total: list.length, complete: true };
    };
    return { model, show, current };
  }

  test('[WSP-2] a room that one opens and reads does not move', () => {
    const { model, show, current } = open();
    const names = () => model.sections.value[0]?.rooms.map((room) => room.name);
    show(summary('a', { lastActivity: 9 }), summary('b', { unread: 1 }));
    current.value = roomId('!b');
    show(summary('a', { lastActivity: 9 }), summary('b'));
    expect(names()).toEqual(['b', 'a']);
    current.value = roomId('!a');
    expect(names()).toEqual(['a', 'b']);
  });

  test('[WSP-8] a folded section stays folded on this device', () => {
    const storage = memoryStorage();
    const first = open(storage);
    first.show(summary('a'));
    first.model.toggle('conversations');
    expect(first.model.lines.value).toHaveLength(1);
    const second = open(storage);
    second.show(summary('a'));
    expect(second.model.lines.value).toHaveLength(1);
    second.model.toggle('conversations');
    expect(second.model.lines.value).toHaveLength(2);
  });

  test('[T7] what is stored and does not parse folds nothing', () => {
    const { model, show } = open({ getItem: () => '{nonsense', setItem: () => undefined });
    show(summary('a'));
    expect(model.lines.value).toHaveLength(2);
  });
});

describe('invitations', () => {
  test('[WSP-6] a workspace brings its rooms, a conversation only itself', async () => {
    const { calls, answer } = recorder();
    const { accept, decline } = useInvitations({
      join: (...call) => answer(undefined, 'join', ...call),
      leave: (...call) => answer(undefined, 'leave', ...call),
      setIgnored: (...call) => answer(undefined, 'setIgnored', ...call),
    });
    await accept(summary('work', { kind: 'workspace', membership: 'invite' }));
    await accept(summary('talk', { membership: 'invite' }));
    await decline(summary('spam', { membership: 'invite' }));
    expect(calls).toEqual([
      ['join', '!work', { withRooms: true }],
      ['join', '!talk'],
      ['leave', '!spam'],
    ]);
  });

  test('[WSP-21] blocking hears no more of the person first, then declines', async () => {
    const { calls, answer, refusal } = recorder();
    const { block, answers } = useInvitations({
      join: (...call) => answer(undefined, 'join', ...call),
      leave: (...call) => answer(undefined, 'leave', ...call),
      setIgnored: (...call) => answer(undefined, 'setIgnored', ...call),
    });
    const inviter = { userId: userId('@eve:externes.test'), name: 'Eve' };
    const room = summary('spam', { membership: 'invite', fromStranger: true, inviter });
    refusal.error = { code: 'offline' };
    expect(await block(room)).toBe(false);
    expect(answers.value.get(room.roomId)?.kind).toBe('failed');
    refusal.error = null;
    expect(await block(room)).toBe(true);
    expect(calls).toEqual([
      ['setIgnored', '@eve:externes.test', true],
      ['setIgnored', '@eve:externes.test', true],
      ['leave', '!spam'],
    ]);
  });

  test('[WSP-7] what failed stays, with its reason', async () => {
    const { answer, refusal } = recorder();
    const { answers, accept } = useInvitations({
      join: () => answer(undefined),
      leave: () => answer(undefined),
      setIgnored: () => answer(undefined),
    });
    refusal.error = { code: 'offline' };
    const room = summary('talk', { membership: 'invite' });
    expect(await accept(room)).toBe(false);
    expect(answers.value.get(room.roomId)).toEqual({ kind: 'failed', error: { code: 'offline' } });
    refusal.error = null;
    expect(await accept(room)).toBe(true);
    expect(answers.value.size).toBe(0);
  });
});

describe('new places', () => {
  test('[WSP-14] names are trimmed, not empty, not too long', () => {
    expect(checkName('  Plan   2027 ')).toEqual(ok('Plan 2027'));
    expect(checkName('  ')).toEqual(err('empty'));
    expect(checkName('é'.repeat(longestName))).toMatchObject({ ok: true });
    expect(checkName('é'.repeat(longestName + 1))).toEqual(err('too-long'));
  });

  test('[WSP-14] nothing is asked for a bad name, and it is said once tried', async () => {
    const { calls, answer } = recorder();
    const form = useNewWorkspace({ createWorkspace: (input) => answer(roomId('!new'), input) });
    expect(form.nameProblem.value).toBeNull();
    expect(await form.submit()).toBeNull();
    expect(form.nameProblem.value).toBe('empty');
    form.name.value = 'Plan';
    expect(await form.submit()).toBe('!new');
    expect(calls).toEqual([[{ name: 'Plan' }]]);
  });

  test('[WSP-13] a room is closed to outsiders unless said; [WSP-7] a refusal keeps all', async () => {
    const { calls, answer, refusal } = recorder();
    const form = useNewRoom({ createRoomIn: (input) => answer(roomId('!new'), input) }, roomId('!work'));
    form.name.value = 'Tableau';
    form.kind.value = 'board';
    refusal.error = { code: 'forbidden' };
    expect(await form.submit()).toBeNull();
    expect(form.problem.value).toEqual({ code: 'forbidden' });
    expect(form.name.value).toBe('Tableau');
    expect(calls).toEqual([
      [{ workspace: '!work', name: 'Tableau', kind: 'board', openToOutsiders: false, inviteMembers: true }],
    ]);
  });
});

describe('people', () => {
  const anne = member('anne', 100);
  const cecile = member('cecile', 10, { name: 'Cécile' });
  const paul = member('paul', 0, { outsider: true, membership: 'invite' });

  function open() {
    const { calls, answer, refusal } = recorder();
    const model = usePeople({
      api: {
        setPower: (...call) => answer(undefined, 'setPower', ...call),
        leave: (...call) => answer(undefined, 'leave', ...call),
        rename: (...call) => answer(undefined, 'rename', ...call),
      },
      room: () => details([anne, paul, cecile]),
      me: () => anne.userId,
    });
    return { model, calls, refusal };
  }

  test('are listed by role then name, those invited apart, found without accents', () => {
    const { model } = open();
    expect(model.here.value.map((line) => [line.member.name, line.role])).toEqual([
      ['anne', 'owner'],
      ['Cécile', 'contributor'],
    ]);
    expect(model.invited.value.map((line) => line.member.name)).toEqual(['paul']);
    model.filter.value = 'cecile';
    expect(model.here.value.map((line) => line.member.name)).toEqual(['Cécile']);
  });

  test('[WSP-10] only a role that may be given is asked for', async () => {
    const { model, calls } = open();
    const [mine, hers] = model.here.value;
    const his = model.invited.value[0];
    if (mine === undefined || hers === undefined || his === undefined) throw new Error('no lines');
    await model.setRole(hers, 'manager');
    await model.setRole(hers, 'contributor');
    await model.setRole(his, 'manager');
    expect(calls).toEqual([['setPower', '!room', hers.member.userId, 50]]);
  });

  test('[WSP-12] leaving says whether it worked, and keeps the reason when not', async () => {
    const { model, refusal } = open();
    expect(model.onlyOwner.value).toBe(true);
    refusal.error = { code: 'offline' };
    expect(await model.leave()).toBe(false);
    expect(model.problem.value).toEqual({ code: 'offline' });
    refusal.error = null;
    expect(await model.leave()).toBe(true);
    expect(model.problem.value).toBeNull();
  });
});
