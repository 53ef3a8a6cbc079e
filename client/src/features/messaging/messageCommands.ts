import type { RoomDetails, TimelineItem } from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, type Ref, type ShallowRef, shallowRef } from 'vue';
import { useI18n } from 'vue-i18n';
import { useRouter } from 'vue-router';
import { useApi } from '../../app/api.ts';
import { useSay } from '../../app/errors.ts';
import { savedPath, sidePath } from '../../app/places.ts';
import { useSession } from '../../app/session.ts';
import { useToasts } from '../../ui/toasts.ts';
import type { RoomComposer } from './composerHere.ts';
import { type Discussion, provideDiscussion, provideNames } from './discussion.ts';
import { matrixLink, messageLink } from './links.ts';
import { createMediaCache } from './mediaCache.ts';
import { canPin, canRemove, canSpeak } from './rights.ts';
import { canAnswer } from './rows.ts';
import type { useTimeline } from './useTimeline.ts';

/** What a dialog asks about a message. */
export type Asked = {
  readonly kind: 'remove' | 'report' | 'forward' | 'readers';
  readonly item: TimelineItem;
};

export type CommandsDeps = {
  readonly roomId: RoomId;
  readonly room: Readonly<ShallowRef<RoomDetails | null>>;
  readonly model: Pick<ReturnType<typeof useTimeline>, 'react' | 'retry' | 'discard'>;
  /** Null where one cannot write: in a list. */
  readonly composer: Pick<RoomComposer, 'reply' | 'edit' | 'people'> | null;
  /** Of what is shown: the thread, where it is one. */
  readonly threadRoot: EventId | null;
  goTo(eventId: EventId): void;
};

/** What can be done with the messages of one list; given to all of them. Belongs to the component that calls it. */
export function useMessageCommands(deps: CommandsDeps): {
  readonly discussion: Discussion;
  readonly asked: Ref<Asked | null>;
  readonly speaks: Readonly<Ref<boolean>>;
} {
  const { roomId, room, model, composer } = deps;
  const api = useApi();
  const router = useRouter();
  const session = useSession();
  const toasts = useToasts();
  const say = useSay();
  const { t } = useI18n();
  const asked = shallowRef<Asked | null>(null);
  const me = computed(() => session.account.value?.userId ?? null);
  const speaks = computed(() => composer !== null && (room.value === null || canSpeak(room.value, me.value)));
  const media = createMediaCache({
    api,
    createUrl: (blob) => URL.createObjectURL(blob),
    revokeUrl: (url) => URL.revokeObjectURL(url),
  });
  const saved = shallowRef<ReadonlySet<string>>(new Set());
  const watchingSaved = api.watchSaved((list) => {
    saved.value = new Set(list.map(({ eventId }) => eventId));
  });
  onScopeDispose(() => {
    media.clear();
    void watchingSaved.then((stop) => stop());
  });

  async function copyLink({ eventId }: TimelineItem, kind: 'here' | 'matrix'): Promise<void> {
    if (eventId === null || room.value === null) return;
    const link =
      kind === 'here' ? messageLink(window.location.origin, roomId, eventId) : matrixLink(room.value, eventId);
    await navigator.clipboard.writeText(link);
    toasts.show({ text: t('messaging.actions.linkCopied') });
  }

  async function pin({ eventId }: TimelineItem, pinned: boolean): Promise<void> {
    if (eventId === null) return;
    const done = await api.pin(roomId, eventId, pinned);
    toasts.show({ text: done.ok ? t(pinned ? 'messaging.pins.pinned' : 'messaging.pins.unpinned') : say(done.error) });
  }

  async function save({ eventId }: TimelineItem, keep: boolean): Promise<void> {
    if (eventId === null) return;
    const done = keep ? await api.save(roomId, eventId) : await api.unsave(roomId, eventId);
    if (!done.ok) toasts.show({ text: done.error.code === 'too-large' ? t('messaging.saved.full') : say(done.error) });
    else if (!keep) toasts.show({ text: t('messaging.saved.unsaved') });
    else
      toasts.show({
        text: t('messaging.saved.saved'),
        action: { label: t('messaging.saved.see'), run: () => void router.push(savedPath) },
      });
  }

  async function markUnread(): Promise<void> {
    const done = await api.markUnread(roomId, true);
    toasts.show({ text: done.ok ? t('messaging.actions.markedUnread') : say(done.error) });
  }

  const ask = (kind: Asked['kind']) => (item: TimelineItem) => {
    asked.value = { kind, item };
  };
  const discussion: Discussion = {
    media,
    threadRoot: deps.threadRoot,
    reply: (item) => composer?.reply(item),
    edit: (item) => void composer?.edit(item),
    react: (item, key) => void model.react(item, key),
    askRemove: ask('remove'),
    askReport: ask('report'),
    askForward: ask('forward'),
    showReaders: ask('readers'),
    retry: (item) => void model.retry(item),
    discard: (item) => void model.discard(item),
    goTo: deps.goTo,
    copyLink: (item, kind) => void copyLink(item, kind),
    pin: (item, pinned) => void pin(item, pinned),
    save: (item, keep) => void save(item, keep),
    isSaved: ({ eventId }) => eventId !== null && saved.value.has(eventId),
    markUnread: () => void markUnread(),
    openThread(item) {
      const root = item.threadRoot ?? item.eventId;
      if (root !== null && canAnswer(item)) void router.push(sidePath(roomId, 'discussion', 'fil', root));
    },
    openPerson: ({ sender }) => void router.push(sidePath(roomId, 'discussion', 'personne', sender)),
    canSpeak: () => speaks.value,
    canRemove: (item) => canRemove(item, room.value, me.value),
    canPin: () => room.value !== null && canPin(room.value, me.value),
  };
  provideDiscussion(discussion);
  if (composer !== null) {
    provideNames({
      nameOf: (id) => composer.people.value.nameOf(id),
      isMe: (id) => id === me.value,
      version: composer.people,
    });
  }
  return { discussion, asked, speaks };
}
