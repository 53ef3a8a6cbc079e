import type { TimelineItem } from '@besace/matrix/api/types';
import type { EventId } from '@besace/protocol/core/ids';
import { type InjectionKey, inject, provide, type Ref, ref } from 'vue';
import type { MediaCache } from './mediaCache.ts';

/** What every message of one conversation needs and that would be passed through each component otherwise. */
export interface Discussion {
  readonly media: MediaCache;
  /** The thread that is shown; null in the conversation itself. */
  readonly threadRoot: EventId | null;
  reply(item: TimelineItem): void;
  edit(item: TimelineItem): void;
  /** Toggles my reaction. */
  react(item: TimelineItem, key: string): void;
  askRemove(item: TimelineItem): void;
  askReport(item: TimelineItem): void;
  askForward(item: TimelineItem): void;
  /** Who has read until there. */
  showReaders(item: TimelineItem): void;
  retry(item: TimelineItem): void;
  discard(item: TimelineItem): void;
  /** Shows the message that another one answers. */
  goTo(eventId: EventId): void;
  /** Puts the message's address on the clipboard: ours, or that for every Matrix application. */
  copyLink(item: TimelineItem, kind: 'here' | 'matrix'): void;
  pin(item: TimelineItem, pinned: boolean): void;
  /** Keeps a message for me, or lets it go. */
  save(item: TimelineItem, saved: boolean): void;
  isSaved(item: TimelineItem): boolean;
  /** Marks the room as unread. */
  markUnread(): void;
  /** Opens the thread that the message began or belongs to; begins one. */
  openThread(item: TimelineItem): void;
  /** Opens the person who wrote it, beside the conversation. */
  openPerson(item: TimelineItem): void;
  canSpeak(): boolean;
  canRemove(item: TimelineItem): boolean;
  canPin(): boolean;
}

const discussionKey: InjectionKey<Discussion> = Symbol('discussion');

export function provideDiscussion(discussion: Discussion): void {
  provide(discussionKey, discussion);
}

export function useDiscussion(): Discussion {
  const discussion = inject(discussionKey);
  if (discussion === undefined) {
    throw new Error('useDiscussion() outside of a conversation');
  }
  return discussion;
}

/** Whom the mentions of a conversation name. Apart from the rest, so that a text is shown outside of a conversation too. */
export interface Names {
  /** The name that the room shows; null for who is not in it. */
  nameOf(id: string): string | null;
  isMe(id: string): boolean;
  /** Changes when a name may have. */
  readonly version: Readonly<Ref<unknown>>;
}

const namesKey: InjectionKey<Names> = Symbol('names');
const nobody: Names = { nameOf: () => null, isMe: () => false, version: ref(0) };

export function provideNames(names: Names): void {
  provide(namesKey, names);
}

export function useNames(): Names {
  return inject(namesKey, nobody);
}
