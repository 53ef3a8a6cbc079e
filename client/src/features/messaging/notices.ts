import type { TimelineItem } from '@besace/matrix/api/types';

/** A sentence to be said: its key under `messaging.notice`, and what it names. */
export type NoticeSentence = { readonly key: string; readonly named: Record<string, string | number> };

/** What happened, as the key of its sentence. A person who joins by herself is both who acts and who is concerned. */
export function noticeSentence(items: readonly TimelineItem[]): NoticeSentence | null {
  const [item] = items;
  if (item === undefined) {
    return null;
  }
  const by = item.senderName;
  switch (item.body.kind) {
    case 'membership': {
      const { change, name, outsider } = item.body;
      const marked = outsider && (change === 'joined' || change === 'invited');
      return { key: marked ? `${change}Outsider` : change, named: { name, by } };
    }
    case 'device':
      return { key: item.body.identity ? 'identity' : 'device', named: { name: item.body.name } };
    case 'room':
      return { key: item.body.change, named: { name: by } };
    case 'object':
      return { key: 'object', named: { name: by, count: items.length } };
    default:
      return null;
  }
}

/** Whether a row of several items is one sentence that counts, rather than a list to unfold. */
export function countsInOne(items: readonly TimelineItem[]): boolean {
  const body = items[0]?.body;
  return body?.kind === 'object' || (body?.kind === 'room' && body.change === 'created');
}

/** Whether the notice concerns safety, and so stands out: outsiders who come in, new devices (T9). */
export function isMarked(item: TimelineItem): boolean {
  return item.body.kind === 'device' || (item.body.kind === 'membership' && item.body.outsider);
}
