import type { EditorState } from '@tiptap/pm/state';
import type { Trigger } from './richEditorTypes.ts';

/** How far back from the caret a trigger is looked for, in characters: what a key costs does not grow with the text. */
const reach = 48;
const people = /(?:^|[\s([{«"'’])(@)([^\s@:]{0,32}|[^\s@:]{1,32} [^\s@:]{1,32})$/u;
const emoji = /(?:^|[\s([{«"'’])(:)([\p{L}\p{N}_+-]{2,32})$/u;
const command = /^(\/)(\p{L}{0,32})$/u;

/** What is being typed at the caret that suggestions may complete; null for nothing, and in code. */
export function triggerAt(state: Pick<EditorState, 'selection' | 'doc'>): Trigger | null {
  const { $from, empty } = state.selection;
  if (!empty || $from.parent.type.spec.code || $from.marks().some((mark) => mark.type.name === 'code')) return null;
  const start = Math.max(0, $from.parentOffset - reach);
  const before = $from.parent.textBetween(start, $from.parentOffset, undefined, '\uFFFC');
  const first = $from.depth === 1 && $from.index(0) === 0 && start === 0;
  const found = people.exec(before) ?? emoji.exec(before) ?? (first ? command.exec(before) : null);
  const [, sign, query = ''] = found ?? [];
  if (sign !== '@' && sign !== ':' && sign !== '/') return null;
  return { sign, query, from: $from.pos - query.length - 1, to: $from.pos };
}
