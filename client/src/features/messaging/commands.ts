import type { UserId } from '@besace/protocol/core/ids';
import { parseUserId } from '@besace/protocol/core/ids';
import type { RichDoc, RichNode } from '../../ui/editor/richDoc.ts';
import { textIn } from '../../ui/editor/richDoc.ts';

/** What can be asked with a slash. `names`: what is typed, French first, then English; the words are at `messaging.commands.<id>`. */
export const commands = [
  { id: 'me', names: ['moi', 'me'] },
  { id: 'invite', names: ['inviter', 'invite'] },
  { id: 'topic', names: ['sujet', 'topic'] },
  { id: 'name', names: ['nom', 'nick'] },
  { id: 'help', names: ['aide', 'help'] },
] as const;

/** A dialog of another feature, which a slash opens too. */
export type NamedTool = { readonly id: string; readonly label: string; readonly names: readonly string[] };

export type CommandId = (typeof commands)[number]['id'];

/** What a text that is about to be sent asks for. */
export type Asked =
  /** A message; `doc` is what is said of it. */
  | { readonly kind: 'say'; readonly doc: RichDoc }
  | { readonly kind: 'emote'; readonly doc: RichDoc }
  | { readonly kind: 'help' }
  | { readonly kind: 'invite'; readonly user: UserId }
  | { readonly kind: 'topic'; readonly text: string }
  | { readonly kind: 'name'; readonly text: string }
  /** Opens a dialog of another feature. */
  | { readonly kind: 'tool'; readonly id: string; readonly text: string }
  /** No such command: it is never sent as a text (MSG-42). */
  | { readonly kind: 'unknown'; readonly name: string }
  /** The command lacks something, or has something that it cannot take. */
  | { readonly kind: 'incomplete'; readonly command: CommandId };

/**
 * Reads a command at the head of a text. Two slashes say a text that begins with one; so does a slash that no word of letters follows, such as
 * a path.
 */
export function askedBy(doc: RichDoc, tools: readonly NamedTool[] = []): Asked {
  const [first] = doc.content;
  const head = first?.type === 'paragraph' ? first.content?.[0] : undefined;
  const words = head?.type === 'text' ? (head.text ?? '') : '';
  const isCode = head?.marks?.some((mark) => mark.type === 'code') ?? false;
  if (!words.startsWith('/') || isCode) return { kind: 'say', doc };
  if (words.startsWith('//')) return { kind: 'say', doc: without(doc, 1) };
  const [all = '', name = ''] = /^\/(\p{L}+)(?=\s|$)\s*/u.exec(words) ?? [];
  if (name === '') return { kind: 'say', doc };
  const command = commands.find(({ names }) => names.some((known) => known === name.toLowerCase()));
  const rest = without(doc, all.length);
  const text = rest.content.map(textIn).join('\n').trim();
  if (command === undefined) {
    const tool = tools.find(({ names }) => names.includes(name.toLowerCase()));
    return tool === undefined ? { kind: 'unknown', name } : { kind: 'tool', id: tool.id, text };
  }
  switch (command.id) {
    case 'help':
      return { kind: 'help' };
    case 'me':
      return text === '' ? { kind: 'incomplete', command: 'me' } : { kind: 'emote', doc: rest };
    case 'invite': {
      const user = invited(rest, text);
      return user === null ? { kind: 'incomplete', command: 'invite' } : { kind: 'invite', user };
    }
    case 'topic':
      return { kind: 'topic', text };
    case 'name':
      return text === '' ? { kind: 'incomplete', command: 'name' } : { kind: 'name', text };
  }
}

/** The commands that begin so, for the list under a slash. */
export function commandsLike(
  query: string,
  tools: readonly NamedTool[] = [],
): readonly { readonly label: string; readonly name: string }[] {
  const wanted = query.toLowerCase();
  const known = commands.map(({ id, names }) => ({ label: `messaging.commands.${id}`, names }));
  return [...known, ...tools].flatMap(({ label, names }: Pick<NamedTool, 'label' | 'names'>) => {
    const name = names.find((one) => one.startsWith(wanted));
    return name === undefined ? [] : [{ label, name }];
  });
}

function invited(doc: RichDoc, text: string): UserId | null {
  const pill = doc.content[0]?.content?.find((node) => node.type === 'mention');
  const parsed = parseUserId(pill === undefined ? text : pill.attrs?.id);
  return parsed.ok ? parsed.value : null;
}

/** Without so many characters at its head, which are of its first text. */
function without(doc: RichDoc, count: number): RichDoc {
  const [first, ...others] = doc.content;
  const [head, ...more] = first?.content ?? [];
  if (first === undefined || head === undefined) return doc;
  const text = (head.text ?? '').slice(count);
  const content: RichNode[] = [...(text === '' ? [] : [{ ...head, text }]), ...more];
  return { type: 'doc', content: [{ ...first, content }, ...others] };
}
