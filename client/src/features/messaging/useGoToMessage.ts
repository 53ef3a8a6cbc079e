import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { useRoute, useRouter } from 'vue-router';
import { roomPath } from '../../app/places.ts';

/** Narrower than this, one zone is shown at a time: what is beside the conversation closes when one goes to a message of it. */
const narrow = '(max-width: 44.99rem)';

/** Shows a message in the conversation, from what is open beside it. */
export function useGoToMessage(roomId: () => RoomId): (eventId: EventId) => void {
  const route = useRoute();
  const router = useRouter();
  return (eventId) => {
    const conversation = roomPath(roomId(), 'discussion');
    const stays = route.name === 'room-discussion' && !window.matchMedia(narrow).matches;
    void router.push({ path: stays ? route.path : conversation, query: { message: eventId } });
  };
}
