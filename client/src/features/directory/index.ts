import { MessageSquarePlus, UserPlus, UserRound } from 'lucide-vue-next';
import { defineAsyncComponent } from 'vue';
import type { Feature } from '../../app/feature.ts';
import { directoryFor } from './directoryHere.ts';
import { shortestQuery } from './usePeopleSearch.ts';

/** Finding colleagues: a new conversation, inviting to a room or a workspace, people in the palette. */
export const directory: Feature = {
  name: 'directory',
  strings: { fr: () => import('./strings/fr.json'), en: () => import('./strings/en.json') },
  routes: [
    { path: '/conversations/nouvelle', component: () => import('./NewConversationPage.vue') },
    { path: '/espace/:roomId/inviter', component: () => import('./InviteToWorkspacePage.vue') },
  ],
  roomSides: [
    {
      path: 'inviter',
      component: defineAsyncComponent(() => import('./InviteSide.vue')),
      button: { label: 'directory.invite.title', icon: UserPlus },
    },
  ],
  commands: ({ router, t }) => [
    {
      id: 'directory.new-conversation',
      title: t('directory.conversation.title'),
      icon: MessageSquarePlus,
      run: () => void router.push('/conversations/nouvelle'),
    },
  ],
  find: async (query, { api, router, t }) => {
    if (query.trim().length < shortestQuery) return [];
    const answer = await directoryFor(api).search(query.trim());
    // The palette notes it and shows what else it found.
    if (!answer.ok) throw new Error(`directory: ${answer.error.code}`);
    return answer.value.map((person) => ({
      id: `directory.${person.userId}`,
      title: t('directory.palette.write', { name: person.name }),
      hint: person.outsider ? t('directory.outsider') : (person.address ?? ''),
      icon: UserRound,
      run: () => void router.push({ path: '/conversations/nouvelle', state: { person: { ...person } } }),
    }));
  },
};
