import { watch } from 'vue';
import type { LiveRooms } from '../../app/rooms.ts';
import { badgeOf, showAppBadge, showFavicon } from './badge.ts';

/** Keeps the badges of the page as the list of rooms is. */
export function useBadge(rooms: LiveRooms['list'], log: (message: string, detail?: unknown) => void): void {
  watch(
    () => {
      const { mentions, unread } = badgeOf(rooms.value?.rooms ?? []);
      return [mentions, unread] as const;
    },
    ([mentions, unread]) => {
      const badge = { mentions, unread };
      showAppBadge(badge);
      showFavicon(badge).catch((error: unknown) => log('favicon not drawn', String(error)));
    },
    { immediate: true },
  );
}
