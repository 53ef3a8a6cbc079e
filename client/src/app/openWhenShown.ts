import { watch } from 'vue';
import { useRooms } from './rooms.ts';
import { useSession } from './session.ts';

/** At most so long, ms, does the session wait for the local copy of the list. */
const patience = 300;

/**
 * Opens the session that this device remembers when the list from the local copy has been painted, so that nothing competes with
 * that first screen. Without a remembered account nothing is loaded: signing in does it.
 */
export function useOpenWhenShown(): void {
  const session = useSession();
  const rooms = useRooms();
  let opened = false;

  function open(): void {
    if (opened || session.known.value) return;
    opened = true;
    clearTimeout(timer);
    void session.open();
  }

  if (!session.account.value) return;
  const timer = setTimeout(open, patience);
  watch(
    rooms,
    (list) => {
      // Two frames: the first paints the list, the second comes after it.
      if (list) requestAnimationFrame(() => requestAnimationFrame(open));
    },
    { immediate: true },
  );
}
