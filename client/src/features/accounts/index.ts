import type { Feature } from '../../app/feature.ts';
import { signInPath } from '../../app/places.ts';

/** Signing up and in, the recovery code, verified devices, and the settings of one's account. */
export const accounts: Feature = {
  name: 'accounts',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  routes: [
    {
      path: signInPath,
      component: () => import('./SignInPage.vue'),
      meta: { bare: true, title: 'accounts.signIn.title' },
    },
  ],
};
