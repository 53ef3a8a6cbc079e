import { Ban, Info, LayoutGrid, UsersRound } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';
import { ignoredPath } from '../../app/places.ts';
import { newWorkspacePath } from './paths.ts';

const loadList = () => import('./RoomListZone.vue');

/** Workspaces and conversations as places: the list, front pages, people and roles. */
export const workspaces: Feature = {
  name: 'workspaces',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  list: { places: ['home', 'workspace'], component: defineAsyncComponent(loadList), load: loadList },
  newWorkspacePath,
  routes: [
    { path: newWorkspacePath, component: () => import('./NewWorkspacePage.vue') },
    { path: '/espace/:roomId', component: () => import('./WorkspacePage.vue') },
    { path: '/espace/:roomId/nouveau-salon', component: () => import('./NewRoomPage.vue') },
    { path: ignoredPath, component: () => import('./IgnoredPage.vue') },
  ],
  invitation: defineAsyncComponent(() => import('./InvitationPage.vue')),
  roomSides: [
    { path: 'personne', component: defineAsyncComponent(() => import('./PersonSide.vue')) },
    {
      path: 'personnes',
      component: defineAsyncComponent(() => import('./PeopleSide.vue')),
      button: { label: 'workspaces.people.title', icon: UsersRound },
    },
    {
      path: 'details',
      component: defineAsyncComponent(() => import('./DetailsSide.vue')),
      button: { label: 'workspaces.details.title', icon: Info },
    },
  ],
  commands: ({ router, t }) => [
    {
      id: 'workspaces.new',
      title: t('workspaces.commands.newWorkspace'),
      icon: LayoutGrid,
      run: () => void router.push(newWorkspacePath),
    },
    {
      id: 'workspaces.ignored',
      title: t('workspaces.ignored.command'),
      icon: Ban,
      run: () => void router.push(ignoredPath),
    },
  ],
};
