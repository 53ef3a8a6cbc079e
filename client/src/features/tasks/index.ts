import { SquareKanban } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';

/** The board of a room: `/salon/<room id>/tableau`, a card beside it at `…/tableau/carte/<object id>`. */
export const tasks: Feature = {
  name: 'tasks',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  ahead: [() => import('./BoardView.vue')],
  roomViews: [
    {
      path: 'tableau',
      label: 'tasks.view',
      icon: SquareKanban,
      kinds: ['board'],
      order: () => 10,
      component: () => import('./BoardView.vue'),
    },
  ],
  roomSides: [
    { path: 'carte', component: defineAsyncComponent(() => import('./CardSide.vue')) },
    { path: 'archives', component: defineAsyncComponent(() => import('./ArchiveSide.vue')) },
    { path: 'corbeille', component: defineAsyncComponent(() => import('./BinSide.vue')) },
  ],
};
