import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';
import { recoveryPath, resetPath, settingsPath, signInPath, signUpPath, verifyPath } from '../../app/places.ts';

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
    {
      path: signUpPath,
      component: () => import('./SignUpPage.vue'),
      meta: { bare: true, title: 'accounts.signUp.title' },
    },
    {
      path: `${signUpPath}/:token`,
      component: () => import('./FinishSignUpPage.vue'),
      meta: { bare: true, title: 'accounts.finish.title' },
    },
    {
      path: recoveryPath,
      component: () => import('./RecoveryCodePage.vue'),
      meta: { bare: true, title: 'accounts.recovery.title' },
    },
    {
      path: verifyPath,
      component: () => import('./VerifyDevicePage.vue'),
      meta: { bare: true, title: 'accounts.verify.title' },
    },
    {
      path: resetPath,
      component: () => import('./ResetIdentityPage.vue'),
      meta: { bare: true, title: 'accounts.reset.title' },
    },
    {
      path: `${settingsPath}/:section?`,
      component: () => import('./SettingsPage.vue'),
      meta: { title: 'accounts.settings.title' },
    },
  ],
  overlays: [defineAsyncComponent(() => import('./VerificationOverlay.vue'))],
};
