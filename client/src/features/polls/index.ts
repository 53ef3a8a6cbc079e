import { ChartNoAxesColumn } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';

/** Polls in any conversation. */
export const polls: Feature = {
  name: 'polls',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  messageBodies: { poll: defineAsyncComponent(() => import('./PollCard.vue')) },
  composerTools: [
    {
      id: 'poll',
      label: 'polls.ask',
      icon: ChartNoAxesColumn,
      names: ['sondage', 'poll'],
      dialog: defineAsyncComponent(() => import('./NewPollDialog.vue')),
    },
  ],
};
