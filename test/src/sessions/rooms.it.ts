import type { RoomDetails } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { beforeAll, describe, expect, it } from 'vitest';
import { call } from '../harness/http.ts';
import {
  type Device,
  findText,
  must,
  newDevice,
  newKnownPerson,
  refusal,
  room,
  signIn,
  until,
  watchTexts,
} from './device.ts';

type Known = Awaited<ReturnType<typeof newKnownPerson>>;

describe('rooms across organisations', () => {
  let ada: Known;
  let blaise: Known;
  let outsider: Known;
  beforeAll(async () => {
    [ada, blaise, outsider] = await Promise.all([
      newKnownPerson('interieur', 'ada'),
      newKnownPerson('culture', 'blaise'),
      newKnownPerson('externes', 'oriane'),
    ]);
  });

  it('[ROOM-1] [T10] hands what was said before to whoever is invited, of another server', async () => {
    const roomId = await must(ada.device.api.createConversation({ name: 'Réforme', invite: [], direct: false }));
    await must(ada.device.api.sendText(roomId, { text: 'avant vous' }));
    const hers = await watchTexts(ada.device, roomId);
    await until('sent', () => hers().includes('avant vous'));
    await must(ada.device.api.invite(roomId, blaise.userId));
    await until('invited', () => room(blaise.device, roomId)?.membership === 'invite');
    expect(room(blaise.device, roomId)).toMatchObject({ inviter: { userId: ada.userId, name: 'ada' }, name: 'ada' });
    await must(blaise.device.api.join(roomId));
    await until('named', () => room(blaise.device, roomId)?.name === 'Réforme');
    const his = await watchTexts(blaise.device, roomId);
    await findText(blaise.device, roomId, his, 'avant vous');
    await must(blaise.device.api.sendText(roomId, { text: 'bien reçu' }));
    await until('answered', () => hers().includes('bien reçu'));
    await until('preview', () => room(ada.device, roomId)?.preview?.text === 'bien reçu');
    expect(room(ada.device, roomId)?.preview?.sender).toBe('blaise');
  });

  it('[ROOM-2] [T1] names a room for its members only: the server sees ciphertext, and a clear name counts for nothing', async () => {
    const roomId = await must(ada.device.api.createConversation({ name: 'Secret', invite: [], direct: false }));
    await until('named', () => room(ada.device, roomId)?.name === 'Secret');
    const state = await call<{ type: string; state_key: string }[]>(
      ada.account,
      'GET',
      `v3/rooms/${encodeURIComponent(roomId)}/state`,
    );
    expect(JSON.stringify(state)).not.toContain('Secret');
    expect(state.some(({ type, state_key }) => type === 'm.room.encrypted' && state_key === 'm.room.name:')).toBe(true);
    await call(ada.account, 'PUT', `v3/rooms/${encodeURIComponent(roomId)}/state/m.room.name/`, { name: 'Forged' });
    const second = await newDevice();
    await must(signIn(second, ada.account));
    await must(second.api.recover(ada.code));
    await until('named there', () => room(second, roomId)?.name === 'Secret');
    expect(room(ada.device, roomId)?.name).toBe('Secret');
    await must(second.api.signOut({ force: true }));
  });

  it('[ROOM-3] makes a workspace with a board, whose members come along', async () => {
    const workspace = await must(ada.device.api.createWorkspace({ name: 'Chantier' }));
    await must(ada.device.api.invite(workspace, blaise.userId));
    await until('invited', () => room(blaise.device, workspace)?.membership === 'invite');
    await must(blaise.device.api.join(workspace));
    await joinedAt(ada.device, workspace, 2);
    const board = await must(
      ada.device.api.createRoomIn({
        workspace,
        name: 'Tableau',
        kind: 'board',
        openToOutsiders: false,
        inviteMembers: true,
      }),
    );
    await until('invited to the board', () => room(blaise.device, board)?.membership === 'invite');
    await must(blaise.device.api.join(workspace, { withRooms: true }));
    await until(
      'both named',
      () => room(blaise.device, board)?.name === 'Tableau' && room(blaise.device, workspace)?.name === 'Chantier',
    );
    expect(room(blaise.device, board)).toMatchObject({
      kind: 'board',
      parents: [workspace],
      encrypted: true,
      joinedCount: 2,
    });
    const details = await detailsOf(blaise.device, workspace);
    await until('children', () => details()?.children.includes(board) === true);
    await must(ada.device.api.setPower(board, blaise.userId, 50));
    const boardDetails = await detailsOf(blaise.device, board);
    await until('power', () => boardDetails()?.myPower === 50);
    await must(blaise.device.api.rename(board, 'Tableau de bord'));
    await until('renamed', () => room(ada.device, board)?.name === 'Tableau de bord');
    expect(await refusal(blaise.device.api.rename(workspace, 'Le mien'))).toBe('forbidden');
    expect(await refusal(ada.device.api.setPower(board, ada.userId, 0))).toBe('forbidden');
    await must(blaise.device.api.leave(board));
    await until(
      'left',
      () => room(blaise.device, board) === undefined && (room(ada.device, board)?.joinedCount ?? 2) === 1,
    );
  });

  it('[ROOM-4] keeps outsiders out of rooms that were not opened to them, and counts them where they are', async () => {
    const closed = await must(
      ada.device.api.createConversation({ name: 'Entre nous', invite: [blaise.userId], direct: false }),
    );
    expect(await refusal(ada.device.api.invite(closed, outsider.userId))).toBe('outsider-refused');
    const open = await must(
      ada.device.api.createConversation({ name: 'Avec eux', invite: [outsider.userId], direct: false }),
    );
    await until('invited', () => room(outsider.device, open)?.membership === 'invite');
    await must(outsider.device.api.join(open));
    await until(
      'open',
      () => room(ada.device, open)?.openToOutsiders === true && room(ada.device, open)?.outsiderCount === 1,
    );
    await must(ada.device.api.invite(open, blaise.userId));
    const details = await detailsOf(ada.device, open);
    await until(
      'marked',
      () => details()?.members.some((one) => one.userId === outsider.userId && one.outsider) === true,
    );
    expect(details()?.historyShared).toBe(true);
  });

  it('[ROOM-5] knows a direct conversation on both sides, and who nobody knows', async () => {
    const roomId = await must(ada.device.api.createConversation({ name: null, invite: [blaise.userId], direct: true }));
    await until('direct', () => room(ada.device, roomId)?.directWith === blaise.userId);
    await until('invited', () => room(blaise.device, roomId)?.membership === 'invite');
    await must(blaise.device.api.join(roomId));
    await until('direct there', () => room(blaise.device, roomId)?.directWith === ada.userId);
    await until(
      'named after people',
      () => room(ada.device, roomId)?.name === 'blaise' && room(blaise.device, roomId)?.name === 'ada',
    );
    const stranger = blaise.userId.replace(/^@[^:]*/, '@nobody') as typeof blaise.userId;
    expect(await refusal(ada.device.api.createConversation({ name: null, invite: [stranger], direct: true }))).toBe(
      'unknown-person',
    );
    expect(await refusal(ada.device.api.createWorkspace({ name: '  ' }))).toBe('invalid');
  });

  it('[ROOM-6] counts what was not read, here and while away, and stops when it was', async () => {
    const roomId = await must(
      ada.device.api.createConversation({ name: 'Compte', invite: [blaise.userId], direct: false }),
    );
    await until('invited', () => room(blaise.device, roomId)?.membership === 'invite');
    await must(blaise.device.api.join(roomId));
    await joinedAt(ada.device, roomId, 2);
    for (const text of ['un', 'deux', 'trois']) await must(ada.device.api.sendText(roomId, { text }));
    await until('counted', () => room(blaise.device, roomId)?.unread === 3);
    const second = await newDevice();
    await must(signIn(second, blaise.account));
    await until('counted while away', () => room(second, roomId)?.unread === 3);
    let last: string | null = null;
    await blaise.device.api.watchTimeline(roomId, ({ items }) => {
      last = items.findLast(({ body }) => body.kind === 'text')?.eventId ?? last;
    });
    await until('shown', () => last !== null);
    if (last !== null) await must(blaise.device.api.markRead(roomId, last));
    await until('read', () => room(blaise.device, roomId)?.unread === 0 && room(second, roomId)?.unread === 0);
    await must(second.api.signOut({ force: true }));
  });
});

async function joinedAt(device: Device, roomId: RoomId, count: number): Promise<void> {
  await until(`${count} joined`, () => room(device, roomId)?.joinedCount === count);
}

async function detailsOf(device: Device, roomId: RoomId): Promise<() => RoomDetails | null> {
  let details: RoomDetails | null = null;
  await device.api.watchRoom(roomId, (next) => {
    details = next;
  });
  return () => details;
}
