import type { RoomList, RoomSummary } from '@besace/matrix/api/types';
import { effectScope, type Ref, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRooms } from '../../app/rooms.ts';
import { useToasts } from '../../ui/toasts.ts';

/** How long the name of a room that one has just joined is waited for, ms. */
const patience = 4_000;

/** Says that one is in, by the name that the room has once one is in. */
export function useAccepted(): (room: RoomSummary) => void {
  const rooms = useRooms();
  const toasts = useToasts();
  const { t } = useI18n();
  return (room) => {
    void joinedName(rooms, room).then((name) =>
      toasts.show({
        text:
          name === null ? t('workspaces.invitation.acceptedUnnamed') : t('workspaces.invitation.accepted', { name }),
      }),
    );
  };
}

/** The name of a room once one is in and can read it; null when it does not come in time. Of a conversation of two there is none. */
export function joinedName(
  rooms: Readonly<Ref<RoomList | null>>,
  asked: RoomSummary,
  wait: number = patience,
): Promise<string | null> {
  if (asked.direct) return Promise.resolve(null);
  // Outlives the page of the invitation, which goes as soon as one is in.
  const scope = effectScope(true);
  return new Promise<string | null>((resolve) => {
    const timer = setTimeout(() => resolve(null), wait);
    const told = (name: string): void => {
      clearTimeout(timer);
      resolve(name);
    };
    scope.run(() =>
      watch(
        rooms,
        (list) => {
          const room = list?.rooms.find(({ roomId }) => roomId === asked.roomId);
          if (room?.membership !== 'join' || room.nameLocked || room.name === asked.inviter?.name) return;
          told(room.name);
        },
        { immediate: true },
      ),
    );
  }).finally(() => scope.stop());
}
