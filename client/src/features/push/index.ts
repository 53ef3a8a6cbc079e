import { Bell } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';

/** What calls the person: notifications, key words, quiet hours, and being woken when no page is open. */
export const push: Feature = {
  name: 'push',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  overlays: [defineAsyncComponent(() => import('./NotifyKeeper.vue'))],
  today: [{ order: 5, component: defineAsyncComponent(() => import('./DigestBlock.vue')) }],
  settings: [
    {
      path: 'notifications',
      label: 'push.settings.label',
      icon: Bell,
      component: defineAsyncComponent(() => import('./NotifySettings.vue')),
    },
  ],
  roomDetails: [defineAsyncComponent(() => import('./RoomLevelChoice.vue'))],
};
