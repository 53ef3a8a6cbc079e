import { TextSearch } from 'lucide-vue-next';
import type { Feature } from '../../app/feature.ts';
import { searchPath } from './address.ts';

/** Search in everything that the person can read: `/recherche`, and from the palette. */
export const search: Feature = {
  name: 'search',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  routes: [{ path: searchPath, component: () => import('./SearchPage.vue'), meta: { title: 'search.title' } }],
  commands: ({ router, t }) => [
    {
      id: 'search.open',
      title: t('search.palette.open'),
      icon: TextSearch,
      run: () => void router.push(searchPath),
    },
  ],
  offers: (query, { router, t }) => [
    {
      id: 'search.query',
      title: t('search.palette.query', { query }),
      icon: TextSearch,
      run: () => void router.push({ path: searchPath, query: { q: query } }),
    },
  ],
};
