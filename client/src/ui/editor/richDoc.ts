/** A rich text as the editor holds it and as drafts keep it: plain JSON, so that what reads it needs neither the editor nor a page. */
export type RichDoc = { readonly type: 'doc'; readonly content: readonly RichNode[] };

export type RichNode = {
  readonly type: (typeof nodeTypes)[number];
  readonly attrs?: Readonly<Record<string, unknown>>;
  readonly content?: readonly RichNode[];
  readonly text?: string;
  readonly marks?: readonly RichMark[];
};

export type RichMark = {
  readonly type: (typeof markTypes)[number];
  readonly attrs?: Readonly<Record<string, unknown>>;
};

/** `mention` has `id` (a person's, or `@room`) and `label`, the name that was shown when it was put in. */
const nodeTypes = [
  'paragraph',
  'text',
  'hardBreak',
  'bulletList',
  'orderedList',
  'listItem',
  'blockquote',
  'codeBlock',
  'mention',
] as const;
const markTypes = ['bold', 'italic', 'strike', 'code', 'link'] as const;

/** More than a message can hold; past that what is read was made to hurt. Nodes, levels. */
const mostNodes = 20_000;
const deepest = 32;

export const emptyDoc: RichDoc = { type: 'doc', content: [{ type: 'paragraph' }] };

/** A paragraph a line. */
export function docOfText(text: string): RichDoc {
  const lines = text === '' ? [''] : text.split(/\r\n|\r|\n/);
  return {
    type: 'doc',
    content: lines.map((line) => ({
      type: 'paragraph',
      ...(line === '' ? {} : { content: [{ type: 'text', text: line }] }),
    })),
  };
}

/** Nothing in it but white space. Stops at the first thing that is more. */
export function isEmptyDoc(doc: RichDoc): boolean {
  return doc.content.every(isEmptyNode);
}

export function sameDoc(one: RichDoc, other: RichDoc): boolean {
  return one === other || JSON.stringify(one) === JSON.stringify(other);
}

/** One after the other; an empty one adds nothing. */
export function joinDocs(first: RichDoc, second: RichDoc): RichDoc {
  if (isEmptyDoc(first)) return second;
  return isEmptyDoc(second) ? first : { type: 'doc', content: [...first.content, ...second.content] };
}

/** What `after` has that `before` had not, where it goes on from it; else all of it. What was typed while `before` was being sent. */
export function docSince(before: RichDoc, after: RichDoc): RichDoc {
  if (sameDoc(before, after)) return emptyDoc;
  const last = before.content.length - 1;
  const kept = before.content.slice(0, last).every((node, at) => sameNode(node, after.content[at]));
  const was = before.content[last];
  const is = after.content[last];
  if (!kept || was === undefined || is === undefined) return after;
  const rest = nodeSince(was, is);
  const content = [...(rest === null ? [] : [rest]), ...after.content.slice(last + 1)];
  return rest === null && !sameNode(was, is) ? after : content.length === 0 ? emptyDoc : { type: 'doc', content };
}

/** The words of a node, lines divided by `\n`. */
export function textIn(node: RichNode): string {
  if (node.type === 'text') return node.text ?? '';
  if (node.type === 'hardBreak') return '\n';
  if (node.type === 'mention') return `@${String(node.attrs?.label ?? '')}`;
  return (node.content ?? []).map(textIn).join('');
}

/** A document as a disk gave it; null for what is not one, or is larger than anything that a person writes. */
export function parseRichDoc(value: unknown): RichDoc | null {
  if (!isObject(value) || value.type !== 'doc' || !Array.isArray(value.content)) return null;
  const budget = { left: mostNodes };
  const content = parseNodes(value.content, budget, 0);
  return content === null || content.length === 0 ? null : { type: 'doc', content };
}

function parseNodes(values: readonly unknown[], budget: { left: number }, depth: number): RichNode[] | null {
  const nodes: RichNode[] = [];
  for (const value of values) {
    budget.left -= 1;
    if (budget.left < 0 || depth > deepest || !isObject(value)) return null;
    const type = nodeTypes.find((known) => known === value.type);
    if (type === undefined) return null;
    const { attrs, content, text, marks } = value;
    if (type === 'text' && (typeof text !== 'string' || text === '')) return null;
    const inner =
      content === undefined ? undefined : Array.isArray(content) ? parseNodes(content, budget, depth + 1) : null;
    const styles = marks === undefined ? undefined : parseMarks(marks);
    if (inner === null || styles === null || (attrs !== undefined && !isObject(attrs))) return null;
    nodes.push({
      type,
      ...(attrs === undefined ? {} : { attrs }),
      ...(inner === undefined ? {} : { content: inner }),
      ...(typeof text === 'string' ? { text } : {}),
      ...(styles === undefined ? {} : { marks: styles }),
    });
  }
  return nodes;
}

function parseMarks(values: unknown): RichMark[] | null {
  if (!Array.isArray(values) || values.length > 10) return null;
  const marks: RichMark[] = [];
  for (const value of values) {
    const type = isObject(value) ? markTypes.find((known) => known === value.type) : undefined;
    if (type === undefined) return null;
    const attrs: unknown = value.attrs;
    marks.push({ type, ...(isObject(attrs) ? { attrs } : {}) });
  }
  return marks;
}

function isEmptyNode(node: RichNode): boolean {
  if (node.type === 'text') return (node.text ?? '').trim() === '';
  return node.type !== 'mention' && (node.content ?? []).every(isEmptyNode);
}

function sameNode(one: RichNode, other: RichNode | undefined): boolean {
  return JSON.stringify(one) === JSON.stringify(other);
}

/** What the same paragraph has at its end since; null for nothing, or for another paragraph. */
function nodeSince(was: RichNode, is: RichNode): RichNode | null {
  if (was.type !== 'paragraph' || is.type !== 'paragraph') return null;
  const before = was.content ?? [];
  const after = is.content ?? [];
  const last = before.at(-1);
  const at = before.length - 1;
  if (last === undefined) return is;
  const grown = after[at];
  if (!before.slice(0, at).every((node, index) => sameNode(node, after[index])) || grown === undefined) return null;
  if (sameNode(last, grown))
    return after.length > before.length ? { type: 'paragraph', content: after.slice(at + 1) } : null;
  const goesOn = last.type === 'text' && grown.type === 'text' && (grown.text ?? '').startsWith(last.text ?? '');
  if (!goesOn) return null;
  const rest = (grown.text ?? '').slice((last.text ?? '').length).trimStart();
  const content = [...(rest === '' ? [] : [{ ...grown, text: rest }]), ...after.slice(at + 1)];
  return content.length === 0 ? null : { type: 'paragraph', content };
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
