import { CalendarClock } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';
import { scheduledPath } from '../../app/places.ts';

/** Messages that wait for their time: `/envois-programmes`. They are written in the composer of `messaging`. */
export const later: Feature = {
  name: 'later',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  routes: [{ path: scheduledPath, component: () => import('./ScheduledPage.vue'), meta: { title: 'later.title' } }],
  today: [{ order: 40, component: defineAsyncComponent(() => import('./ScheduledToday.vue')) }],
  commands: ({ router, t }) => [
    { id: 'later.open', title: t('later.palette'), icon: CalendarClock, run: () => void router.push(scheduledPath) },
  ],
};
