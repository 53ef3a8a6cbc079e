import type { RoomList, RoomSummary } from '@besace/matrix/api/types';
import { parseUserId } from '@besace/protocol/core/ids';
import { expect, test } from 'vitest';
import { type Ref, shallowRef } from 'vue';
import { summary } from './testing.ts';
import { joinedName } from './useAccepted.ts';

const parsed = parseUserId('@nora:culture.test');
if (!parsed.ok) throw new Error('not an id');
const asked = summary('Chantier', {
  membership: 'invite',
  name: 'Nora Benali',
  inviter: { userId: parsed.value, name: 'Nora Benali' },
});
const listOf = (room: RoomSummary): RoomList => ({ rooms: [room], total: 1, complete: true });

test('[WSP-6] who accepts is told the name that the room has once it can be read', async () => {
  const rooms: Ref<RoomList | null> = shallowRef(listOf(asked));
  const name = joinedName(rooms, asked);
  rooms.value = listOf({ ...asked, membership: 'join' });
  await Promise.resolve();
  rooms.value = listOf({ ...asked, membership: 'join', name: 'Chantier Topinambour' });
  expect(await name).toBe('Chantier Topinambour');
});

test('[WSP-6] a name that does not come in time is not made up', async () => {
  expect(await joinedName(shallowRef(listOf(asked)), asked, 0)).toBeNull();
});
