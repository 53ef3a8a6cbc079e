import type { Mentions } from '@besace/matrix/api/types';
import { parseUserId, type UserId } from '@besace/protocol/core/ids';
import { type RichDoc, type RichMark, type RichNode, textIn } from '../../ui/editor/richDoc.ts';

/** What is sent of a rich text. `html` is null where the plain text says all of it. */
export type Writing = { readonly text: string; readonly html: string | null; readonly mentions: Mentions };

/** Stands for the whole room in `mention` nodes, and is what other applications look for in the text. */
export const wholeRoom = '@room';

/** The message that a rich text makes: readable plain text, the subset of HTML of the Matrix spec (11.2.1.1), and whom it calls (MSG-40). */
export function writingOf(doc: RichDoc): Writing {
  const content = trimmed(doc.content);
  const mentions = mentionsIn(content);
  const html = content.some(isRich) ? blocksHtml(content) : null;
  return { text: blocksText(content), html, mentions };
}

/** Whom a rich text names, each once. What is not a person's id calls nobody. */
function mentionsIn(nodes: readonly RichNode[]): Mentions {
  const users = new Set<UserId>();
  let room = false;
  walk(nodes, (node) => {
    if (node.type !== 'mention') return;
    const parsed = parseUserId(node.attrs?.id);
    if (parsed.ok) users.add(parsed.value);
    if (node.attrs?.id === wholeRoom) room = true;
  });
  return { users: [...users], room };
}

function walk(nodes: readonly RichNode[], see: (node: RichNode) => void): void {
  for (const node of nodes) {
    see(node);
    walk(node.content ?? [], see);
  }
}

/** Without the empty lines around it, and without the white space at its ends. */
function trimmed(nodes: readonly RichNode[]): readonly RichNode[] {
  const isBlank = (node: RichNode): boolean =>
    node.type === 'paragraph' &&
    (node.content ?? []).every((one) => one.type !== 'mention' && textIn(one).trim() === '');
  const first = nodes.findIndex((node) => !isBlank(node));
  const last = nodes.findLastIndex((node) => !isBlank(node));
  return first < 0 ? [] : nodes.slice(first, last + 1);
}

function isRich(node: RichNode): boolean {
  if (node.type === 'mention') return node.attrs?.id !== wholeRoom;
  const plain = node.type === 'paragraph' || node.type === 'text' || node.type === 'hardBreak';
  return (
    !plain ||
    (node.marks ?? []).some((mark) => mark.type !== 'link' || !isBareLink(node, mark)) ||
    (node.content ?? []).some(isRich)
  );
}

/** An address that leads where it says: plain text does as well. */
function isBareLink(node: RichNode, mark: RichMark): boolean {
  return mark.attrs?.href === node.text;
}

// --- plain text -------------------------------------------------------------------------------------------------------

function blocksText(nodes: readonly RichNode[]): string {
  return nodes.map(blockText).join('\n').trim();
}

function blockText(node: RichNode): string {
  const inner = node.content ?? [];
  switch (node.type) {
    case 'bulletList':
      return inner.map((item) => listLine('- ', item)).join('\n');
    case 'orderedList':
      return inner.map((item, index) => listLine(`${startOf(node) + index}. `, item)).join('\n');
    case 'blockquote':
      return blocksText(inner).replace(/^/gm, '> ');
    case 'listItem':
      return inner.map(blockText).join('\n');
    default:
      return inner.map(inlineText).join('');
  }
}

function listLine(sign: string, item: RichNode): string {
  return sign + blockText(item).replaceAll('\n', `\n${' '.repeat(sign.length)}`);
}

function inlineText(node: RichNode): string {
  if (node.type === 'mention') return mentionText(node);
  const link = linkOf(node);
  const words = textIn(node);
  return link === null || link === words || link === `mailto:${words}` ? words : `${words} (${link})`;
}

// --- HTML -------------------------------------------------------------------------------------------------------------

/** Lines that follow one another are one paragraph; an empty line begins another. */
function blocksHtml(nodes: readonly RichNode[]): string {
  const parts: string[] = [];
  let lines: string[] = [];
  const flush = (): void => {
    if (lines.length > 0) parts.push(lines.join('<br>'));
    lines = [];
  };
  const paragraphs: number[] = [];
  for (const node of nodes) {
    if (node.type !== 'paragraph') {
      if (lines.length > 0) paragraphs.push(parts.length);
      flush();
      parts.push(blockHtml(node));
    } else if ((node.content ?? []).length === 0) {
      if (lines.length > 0) paragraphs.push(parts.length);
      flush();
    } else {
      lines.push(inlinesHtml(node));
    }
  }
  if (lines.length > 0) paragraphs.push(parts.length);
  flush();
  if (parts.length === 1) return parts[0] ?? '';
  return parts.map((part, index) => (paragraphs.includes(index) ? `<p>${part}</p>` : part)).join('');
}

function blockHtml(node: RichNode): string {
  const inner = node.content ?? [];
  switch (node.type) {
    case 'bulletList':
      return `<ul>${inner.map(blockHtml).join('')}</ul>`;
    case 'orderedList': {
      const start = startOf(node);
      return `<ol${start === 1 ? '' : ` start="${start}"`}>${inner.map(blockHtml).join('')}</ol>`;
    }
    case 'listItem':
      return `<li>${blocksHtml(inner)}</li>`;
    case 'blockquote':
      return `<blockquote>${blocksHtml(inner)}</blockquote>`;
    case 'codeBlock': {
      const language = /^[\w-]{1,32}$/.exec(String(node.attrs?.language ?? ''))?.[0];
      const isNamed = language !== undefined && language !== 'plain' && language !== 'null';
      return `<pre><code${isNamed ? ` class="language-${language}"` : ''}>${escaped(textIn(node))}</code></pre>`;
    }
    default:
      return inlinesHtml(node);
  }
}

function inlinesHtml(node: RichNode): string {
  return (node.content ?? []).map(inlineHtml).join('');
}

const tags = { bold: 'strong', italic: 'em', strike: 'del', code: 'code' } as const;

function inlineHtml(node: RichNode): string {
  if (node.type === 'hardBreak') return '<br>';
  if (node.type === 'mention') return mentionHtml(node);
  return (node.marks ?? []).toReversed().reduce(
    (html, mark) => {
      if (mark.type !== 'link') return `<${tags[mark.type]}>${html}</${tags[mark.type]}>`;
      const link = linkOf(node);
      return link === null ? html : `<a href="${escaped(link)}">${html}</a>`;
    },
    escaped(textIn(node)),
  );
}

/** A link of matrix.to (Matrix spec, appendix 4.4.2), which every client shows as the person that it names. */
function mentionHtml(node: RichNode): string {
  const user = parseUserId(node.attrs?.id);
  const words = escaped(mentionText(node));
  return user.ok ? `<a href="https://matrix.to/#/${encodeURIComponent(user.value)}">${words}</a>` : words;
}

function mentionText(node: RichNode): string {
  return node.attrs?.id === wholeRoom ? wholeRoom : textIn(node);
}

function linkOf(node: RichNode): string | null {
  const href = node.marks?.find((mark) => mark.type === 'link')?.attrs?.href;
  return typeof href === 'string' && /^(?:https?:\/\/|mailto:)/i.test(href) ? href : null;
}

function startOf(node: RichNode): number {
  const start = node.attrs?.start;
  return typeof start === 'number' && Number.isSafeInteger(start) && start >= 0 ? start : 1;
}

function escaped(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
