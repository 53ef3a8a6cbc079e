import type { BesaceApi, Notice } from '@besace/matrix/api/types';
import { roomPath, sidePath } from '../../app/places.ts';
import { type Held, hold } from './held.ts';
import { type Choices, isQuiet } from './quiet.ts';

/** What a notification shows. One a room: a newer one takes the place of the one before. */
export type Shown = { readonly title: string; readonly body: string; readonly tag: string; readonly path: string };

export type NotifierParts = {
  readonly api: Pick<BesaceApi, 'watchNotices'>;
  choices(): Choices;
  t(key: string, named?: Record<string, unknown>): string;
  now(): Date;
  /** Somebody looks at the page: what comes shows there. */
  looking(): boolean;
  show(shown: Shown): void;
  /** What quiet hours hold back. */
  held: { get(): Held; set(held: Held): void };
};

/** Tells of what calls the person while the page is open and not looked at. Gives what ends it. */
export function startNotifier(parts: NotifierParts): () => void {
  let ended = false;
  const stopping = parts.api.watchNotices((notice) => {
    if (!ended) take(parts, notice);
  });
  return () => {
    ended = true;
    void stopping.then((stop) => stop());
  };
}

function take(parts: NotifierParts, notice: Notice): void {
  if (parts.looking()) return;
  const choices = parts.choices();
  if (isQuiet(choices.quiet, parts.now())) {
    if (choices.digest) parts.held.set(hold(parts.held.get(), notice));
    return;
  }
  const shown = shownOf(notice, choices.show, parts.t);
  if (shown !== null) parts.show(shown);
}

/** As the person chose; null for nothing at all. */
export function shownOf(
  notice: Pick<
    Notice,
    'roomId' | 'eventId' | 'threadRoot' | 'senderName' | 'roomName' | 'direct' | 'outsider' | 'text'
  >,
  show: Choices['show'],
  t: NotifierParts['t'],
): Shown | null {
  const { roomId, eventId, threadRoot } = notice;
  const path =
    threadRoot === null
      ? `${roomPath(roomId, 'discussion')}?message=${encodeURIComponent(eventId)}`
      : sidePath(roomId, 'discussion', 'fil', threadRoot);
  const place = { tag: roomId, path };
  if (show === 'off') return null;
  if (show === 'nothing') return { ...place, title: t('push.shown.title'), body: t('push.shown.something') };
  const person = notice.outsider ? t('push.shown.outsider', { name: notice.senderName }) : notice.senderName;
  const title = notice.direct ? person : t('push.shown.inRoom', { person, room: notice.roomName });
  return { ...place, title, body: show === 'full' ? notice.text : t('push.shown.something') };
}
