import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import { type ComputedRef, computed, type ShallowRef, shallowRef, watch } from 'vue';
import { useI18n } from 'vue-i18n';
import { useApi } from '../../app/api.ts';
import { useMessageParts } from '../../app/messageParts.ts';
import { useRoom } from '../../app/room.ts';
import { useSession } from '../../app/session.ts';
import { docOfText } from '../../ui/editor/richDoc.ts';
import { useDrafts } from './draftsHere.ts';
import { measureImage } from './measureImage.ts';
import { type People, preparePeople } from './people.ts';
import { canCallRoom } from './rights.ts';
import { createSanitiser, type Sanitiser } from './sanitise.ts';
import { type Composer, useComposer } from './useComposer.ts';

/** The composer of a room on this page, or of one of its threads, and the people who can be mentioned in it. */
export type RoomComposer = Composer & {
  readonly people: Readonly<ShallowRef<People>>;
  readonly mayCallRoom: ComputedRef<boolean>;
};

export function useRoomComposer(roomId: RoomId, threadRoot: EventId | null = null): RoomComposer {
  const api = useApi();
  const { t } = useI18n();
  const session = useSession();
  const room = useRoom(roomId);
  const me = computed((): UserId | null => session.account.value?.userId ?? null);
  const people = shallowRef(preparePeople([], null));
  let known = '';
  // The room comes anew whenever somebody types: its people are prepared again only when they are others, or are called otherwise.
  watch(
    [room, me],
    () => {
      const members = room.value?.members ?? [];
      const now = `${me.value} ${members.map((one) => `${one.userId} ${one.membership} ${one.outsider} ${one.name}`).join('\n')}`;
      if (now === known) return;
      known = now;
      people.value = preparePeople(members, me.value);
    },
    { immediate: true },
  );
  const composer = useComposer({
    api,
    roomId,
    threadRoot,
    drafts: useDrafts(),
    tools: useMessageParts().tools,
    askNote: () => t('messaging.ack.note'),
    measure: measureImage,
    docOf: async (html) => {
      try {
        const { docOfHtml } = await import('../../ui/editor/richEditor.ts');
        return docOfHtml(cleanHtml(html), (id) => people.value.nameOf(id));
      } catch {
        // The editor could not be loaded: the plain field takes the words.
        return docOfText(new DOMParser().parseFromString(html, 'text/html').body.textContent ?? '');
      }
    },
    newId: () => `b${crypto.randomUUID().replaceAll('-', '')}`,
    now: () => performance.now(),
  });
  return { ...composer, people, mayCallRoom: computed(() => room.value !== null && canCallRoom(room.value, me.value)) };
}

/** Pasted or received HTML, without what is not of the Matrix subset. */
export function cleanHtml(html: string): string {
  shared ??= createSanitiser(window);
  const holder = document.createElement('div');
  holder.append(shared.clean(html));
  return holder.innerHTML;
}

let shared: Sanitiser | null = null;
