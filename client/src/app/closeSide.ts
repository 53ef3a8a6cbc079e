import { useRoute, useRouter } from 'vue-router';
import { roomIdOf, roomPath } from './places.ts';

/** Closes what is open beside a room's view: goes to the view's own address, so that the browser's back opens it again. */
export function useCloseSide(): () => void {
  const route = useRoute();
  const router = useRouter();
  return () => {
    const roomId = roomIdOf(route);
    const view = route.path.split('/')[3];
    if (roomId !== null) {
      void router.push(roomPath(roomId, view));
    }
  };
}
