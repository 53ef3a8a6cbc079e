import { MapPin, MessageSquare, MessagesSquare, Mic, Pin } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';

/** The conversation of every room: `/salon/<room id>/discussion`. */
export const messaging: Feature = {
  name: 'messaging',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  roomViews: [
    {
      path: 'discussion',
      label: 'messaging.view',
      icon: MessageSquare,
      kinds: ['chat', 'board', 'other'],
      order: (kind) => (kind === 'board' ? 20 : 10),
      component: () => import('./DiscussionView.vue'),
    },
  ],
  messageBodies: { location: defineAsyncComponent(() => import('./LocationCard.vue')) },
  composerTools: [
    {
      id: 'voice',
      label: 'messaging.voice.ask',
      icon: Mic,
      names: ['vocal', 'voice'],
      dialog: defineAsyncComponent(() => import('./VoiceDialog.vue')),
    },
    {
      id: 'place',
      label: 'messaging.place.ask',
      icon: MapPin,
      names: ['lieu', 'place'],
      dialog: defineAsyncComponent(() => import('./LocationDialog.vue')),
    },
  ],
  today: [{ order: 10, component: defineAsyncComponent(() => import('./ToAcknowledgeBlock.vue')) }],
  roomSides: [
    { path: 'fil', component: defineAsyncComponent(() => import('./ThreadSide.vue')) },
    {
      path: 'fils',
      component: defineAsyncComponent(() => import('./ThreadsSide.vue')),
      button: { label: 'messaging.threads.title', icon: MessagesSquare },
    },
    {
      path: 'epingles',
      component: defineAsyncComponent(() => import('./PinnedSide.vue')),
      button: { label: 'messaging.pins.title', icon: Pin },
    },
  ],
};
