import type { EventId, UserId } from '../../core/ids.ts';
import { isRecord, own } from '../../core/json.ts';
import { type ClearEvent, relationOf } from '../../core/relations.ts';

/** What a message asks of its readers. */
export type AckAsk = {
  /** It calls until it is acknowledged. */
  readonly urgent: boolean;
  /** The line at its end that tells people on other applications what to do; empty for none. */
  readonly note: string;
};

/** Plain text of a message, and its HTML where it has one. */
export type Words = { readonly text: string; readonly html: string | null };

/** The reaction that acknowledges. */
export const ACK_KEY = '✅';
/** UTF-16 units of the line for other applications. */
export const MAX_ACK_NOTE = 300;

const FIELD = 'fr.besace.ack';

/** What the content of a message asks; null for nothing. Total. */
export function askIn(content: unknown): AckAsk | null {
  const ask = isRecord(content) ? own(content, FIELD) : undefined;
  if (!isRecord(ask)) return null;
  const version = own(ask, 'v');
  if (typeof version !== 'number' || version < 1) return null;
  const note = own(ask, 'note');
  return {
    urgent: own(ask, 'urgent') === true,
    note: typeof note === 'string' && note.length <= MAX_ACK_NOTE ? note : '',
  };
}

/** What is put into the content of a message that asks. */
export function askContent({ urgent, note }: AckAsk): Record<string, unknown> {
  return { [FIELD]: { v: 1, ...(urgent ? { urgent } : {}), ...(note === '' ? {} : { note }) } };
}

/** The words with the line for other applications. `note` is text: it is escaped in the HTML. */
export function withNote({ text, html }: Words, note: string): Words {
  if (note === '') return { text, html };
  return { text: `${text}\n\n${note}`, html: html === null ? null : `${html}${noteHtml(note)}` };
}

/** The words without it, where it is as the message says. */
export function withoutNote({ text, html }: Words, note: string): Words {
  if (note === '') return { text, html };
  return { text: cut(text, `\n\n${note}`), html: html === null ? null : cut(html, noteHtml(note)) };
}

/** Whether this reaction acknowledges: with or without the mark that asks for a picture (U+FE0F). */
export function isAckKey(key: string): boolean {
  return key.replace(/\uFE0F$/u, '') === ACK_KEY;
}

export type AckInput = {
  readonly message: ClearEvent;
  /** The reactions to it, and whatever else speaks about it. */
  readonly events: readonly ClearEvent[];
  readonly removed: ReadonlySet<EventId>;
  /** Who is asked; null while that is not known: then whoever reacted. */
  readonly asked: ReadonlySet<UserId> | null;
};

/** Who has acknowledged, and whether it is proven (ACK-2, ACK-3). */
export function acknowledgedBy({
  message,
  events,
  removed,
  asked,
}: AckInput): ReadonlyMap<UserId, { readonly proven: boolean }> {
  const people = new Map<UserId, { readonly proven: boolean }>();
  for (const event of events) {
    if (event.type !== 'm.reaction' || event.isState || event.roomId !== message.roomId || removed.has(event.eventId))
      continue;
    const relation = relationOf(event);
    if (relation?.relType !== 'm.annotation' || relation.eventId !== message.eventId) continue;
    if (relation.key === null || !isAckKey(relation.key) || event.sender === message.sender) continue;
    if (asked !== null && !asked.has(event.sender)) continue;
    const proven = !message.encrypted || (event.encrypted && relation.proven);
    if (proven || !people.has(event.sender)) people.set(event.sender, { proven });
  }
  return people;
}

function noteHtml(note: string): string {
  const escaped = note.replace(/[&<>"]/g, (sign) => ESCAPES[sign] ?? sign);
  return `<p><em>${escaped}</em></p>`;
}

const ESCAPES: Readonly<Record<string, string>> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };

function cut(text: string, end: string): string {
  return text.endsWith(end) ? text.slice(0, -end.length) : text;
}
