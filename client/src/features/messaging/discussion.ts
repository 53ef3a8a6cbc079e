import type { TimelineItem } from '@besace/matrix/api/types';
import type { EventId } from '@besace/protocol/core/ids';
import { type InjectionKey, inject, provide } from 'vue';
import type { MediaCache } from './mediaCache.ts';

/** What every message of one conversation needs and that would be passed through each component otherwise. */
export interface Discussion {
  readonly media: MediaCache;
  reply(item: TimelineItem): void;
  edit(item: TimelineItem): void;
  /** Toggles my reaction. */
  react(item: TimelineItem, key: string): void;
  askRemove(item: TimelineItem): void;
  retry(item: TimelineItem): void;
  discard(item: TimelineItem): void;
  /** Shows the message that another one answers. */
  goTo(eventId: EventId): void;
  /** Puts the message's address on the clipboard: ours, or that for every Matrix application. */
  copyLink(item: TimelineItem, kind: 'here' | 'matrix'): void;
  canSpeak(): boolean;
  canRemove(item: TimelineItem): boolean;
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
