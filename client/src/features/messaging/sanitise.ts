import { parseUserId } from '@besace/protocol/core/ids';
import createDOMPurify, { type Config, type WindowLike } from 'dompurify';

/** Makes HTML from others safe to show. */
export interface Sanitiser {
  /** The Matrix subset of it (client-server API, 11.2.1.1) as nodes, without any picture. Never throws on content. */
  clean(html: string): DocumentFragment;
}

/** Deeper than this is not formatting any more; the Matrix spec asks clients to stop at 100. */
const deepest = 100;
/** Longer than this is shown as its plain text: cleaning it would hold the screen, in UTF-16 units. */
export const longestHtml = 60_000;

const tags =
  'del h1 h2 h3 h4 h5 h6 blockquote p a ul ol sup sub li b i u strong em s code hr br div table thead tbody tr th td caption pre span details summary';

const config = {
  ALLOWED_TAGS: tags.split(' '),
  ALLOWED_ATTR: ['href', 'start', 'class', 'data-mx-spoiler'],
  ADD_URI_SAFE_ATTR: ['start', 'data-mx-spoiler'],
  ALLOWED_URI_REGEXP: /^(?:https?|mailto):/i,
  ALLOW_DATA_ATTR: false,
  ALLOW_ARIA_ATTR: false,
  FORBID_CONTENTS: ['script', 'style', 'iframe', 'object', 'template', 'mx-reply', 'svg', 'math', 'noscript'],
  RETURN_DOM_FRAGMENT: true as const,
} satisfies Config & { RETURN_DOM_FRAGMENT: true };

/** One instance with its own hooks, on the window that shows the result. */
export function createSanitiser(window: WindowLike): Sanitiser {
  const purify = createDOMPurify(window);
  purify.addHook('uponSanitizeElement', (node, data) => {
    // A picture would be fetched from a server in clear: its words stay instead (MSG-12).
    if (data.tagName === 'img' && 'getAttribute' in node) {
      const alt = (node as Element).getAttribute('alt') ?? '';
      node.parentNode?.insertBefore((node.ownerDocument as Document).createTextNode(alt), node);
    }
  });
  purify.addHook('afterSanitizeAttributes', (element) => {
    keepCodeLanguage(element);
    if (element.tagName === 'A') {
      safeLink(element);
    }
  });
  return {
    clean(html) {
      const fragment = purify.sanitize(html.slice(0, longestHtml), {
        ...config,
        ALLOWED_TAGS: [...config.ALLOWED_TAGS],
      });
      cutDepth(fragment, deepest);
      return fragment;
    },
  };
}

function keepCodeLanguage(element: Element): void {
  if (element.tagName !== 'CODE' || !/^language-[\w-]{1,32}$/.test(element.getAttribute('class') ?? '')) {
    element.removeAttribute('class');
  }
}

/** A link opens apart and tells the other side nothing; a mention of a person is a name, not a link to a third party. */
function safeLink(element: Element): void {
  const href = element.getAttribute('href') ?? '';
  const person = personIn(href);
  if (person !== null) {
    element.removeAttribute('href');
    element.setAttribute('class', 'mention');
    element.setAttribute('data-mention', person);
    // Whatever the sender called them: who shows it puts the name that the room knows (MSG-44).
    element.textContent = person;
    return;
  }
  if (href !== '') {
    element.setAttribute('target', '_blank');
    element.setAttribute('rel', 'noopener noreferrer nofollow');
  }
}

/** Whom a link of matrix.to names (Matrix spec, appendix 4.4.2); null for any other link. */
function personIn(href: string): string | null {
  const [, encoded = ''] = /^https:\/\/matrix\.to\/#\/((?:@|%40)[^/?]*)/i.exec(href) ?? [];
  if (encoded === '') return null;
  try {
    const parsed = parseUserId(decodeURIComponent(encoded));
    return parsed.ok ? parsed.value : '';
  } catch {
    return '';
  }
}

function cutDepth(node: ParentNode, left: number): void {
  for (const child of node.children) {
    if (left === 0) {
      child.replaceWith(child.textContent ?? '');
    } else {
      cutDepth(child, left - 1);
    }
  }
}
