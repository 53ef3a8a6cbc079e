import { watchEffect } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute } from 'vue-router';
import { roomIdOf } from './places.ts';
import { useRooms } from './rooms.ts';

/** "(3) Rentrée 2026 · Besace": how much is unread, then where the person is. */
export function useDocumentTitle(): void {
  const route = useRoute();
  const rooms = useRooms();
  const { t } = useI18n();
  watchEffect(() => {
    const all = rooms.value?.rooms ?? [];
    const unread = route.meta.bare ? 0 : all.reduce((sum, room) => sum + room.highlights, 0);
    const roomId = roomIdOf(route);
    const place = all.find((room) => room.roomId === roomId)?.name ?? (route.meta.title ? t(route.meta.title) : null);
    document.title = `${unread > 0 ? `(${unread}) ` : ''}${place ? `${place} · ` : ''}Besace`;
  });
}
