import { Bookmark } from 'lucide-vue-next';
import type { Feature } from '../../app/feature.ts';
import { savedPath } from '../../app/places.ts';

/** Messages that one keeps for oneself: `/enregistres`. */
export const saved: Feature = {
  name: 'saved',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  routes: [{ path: savedPath, component: () => import('./SavedPage.vue'), meta: { title: 'saved.title' } }],
  commands: ({ router, t }) => [
    { id: 'saved.open', title: t('saved.palette'), icon: Bookmark, run: () => void router.push(savedPath) },
  ],
};
