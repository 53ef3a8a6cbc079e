import type { Component } from 'vue';
import {
  createRouter,
  createWebHistory,
  type RouteLocationNormalized,
  type RouteRecordRaw,
  type Router,
} from 'vue-router';
import type { Feature } from './feature.ts';
import type { Strings } from './i18n.ts';
import { signInPath, todayPath } from './places.ts';
import type { Session } from './session.ts';

export type RouterParts = {
  readonly features: readonly Feature[];
  readonly session: Session;
  readonly strings: Strings;
};

/** All addresses: the shell's own, the features', and, under each room, the views that features give to it. */
export function createBesaceRouter({ features, session, strings }: RouterParts): Router {
  const router = createRouter({
    history: createWebHistory(),
    routes: [
      { path: '/', redirect: () => (session.account.value ? todayPath : signInPath) },
      { path: todayPath, component: () => import('./shell/TodayPage.vue') },
      { path: '/conversations', component: () => import('./shell/NothingChosen.vue'), meta: { zone: 'list' } },
      { path: '/espaces', component: () => import('./shell/WorkspacesPage.vue') },
      roomRoutes(features),
      ...features.flatMap(withFeature),
      { path: '/:rest(.*)*', component: () => import('./shell/NotFoundPage.vue') },
    ],
  });

  router.beforeEach(async (to) => {
    const bare = to.meta.bare === true;
    if (!bare && !session.account.value)
      return { path: signInPath, query: to.path === '/' ? {} : { vers: to.fullPath } };
    // Outside the shell only the page's own strings are loaded; the shell needs those of all its zones.
    void stringsOf(to).catch(() => undefined); // begun beside the page's code; awaited, and its failure heard, below
    return true;
  });
  router.beforeResolve((to) => stringsOf(to));
  return router;

  function stringsOf(to: RouteLocationNormalized): Promise<void> {
    return strings.load(to.meta.bare ? features.filter(({ name }) => name === to.meta.feature) : features);
  }
}

function withFeature(feature: Feature): RouteRecordRaw[] {
  return (feature.routes ?? []).map((route) => ({ ...route, meta: { ...route.meta, feature: feature.name } }));
}

/** `/salon/:roomId/<view>/<side>/<id>`: one address for each view, and for each thing beside it. */
function roomRoutes(features: readonly Feature[]): RouteRecordRaw {
  const views = features.flatMap((feature) => feature.roomViews ?? []);
  return {
    path: '/salon/:roomId',
    component: (): Promise<Component> => import('./room/RoomPage.vue'),
    children: views.map((view) => ({
      path: `${view.path}/:side?/:sideId?`,
      name: `room-${view.path}`,
      component: view.component,
      props: ({ params }: { params: Record<string, string | string[]> }) => ({ roomId: params.roomId }),
    })) as RouteRecordRaw[],
  };
}
