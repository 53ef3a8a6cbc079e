import { watchEffect } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRoute } from 'vue-router';
import { roomIdOf } from './places.ts';
import { useRooms } from './rooms.ts';

/** "(3) Rentrée 2026 · Besace": how often one is named, or a dot where something else is unread, then where the person is. */
export function useDocumentTitle(): void {
  const route = useRoute();
  const rooms = useRooms();
  const { t } = useI18n();
  watchEffect(() => {
    const all = rooms.value?.rooms ?? [];
    const counted = route.meta.bare ? [] : all.filter(({ membership }) => membership === 'join');
    const named = counted.reduce((sum, room) => sum + room.highlights, 0);
    const mark = named > 0 ? `(${named}) ` : counted.some((room) => room.unread > 0) ? '• ' : '';
    const roomId = roomIdOf(route);
    const place = all.find((room) => room.roomId === roomId)?.name ?? (route.meta.title ? t(route.meta.title) : null);
    document.title = `${mark}${place ? `${place} · ` : ''}Besace`;
  });
}
