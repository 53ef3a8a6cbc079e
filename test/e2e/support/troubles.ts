import type { Page } from 'playwright-core';

/** What went wrong in a page, apart from what a test looks at. */
export interface Troubles {
  /** All since the last call, in words. */
  take(): string[];
  /** All that the console said, to read when a test failed. */
  readonly log: readonly string[];
}

/**
 * Listens to a page: uncaught errors, breaches of the content security policy, and anything else the console calls an error.
 * An answer of 4xx or 5xx, or none, is also logged as an error by the browser itself: those are the business of the test.
 */
export function watchPage(page: Page): Troubles {
  let seen: string[] = [];
  const log: string[] = [];
  page.on('pageerror', (error) => seen.push(`uncaught on ${page.url()}: ${error.stack ?? error.message}`));
  page.on('crash', () => seen.push(`the page ${page.url()} crashed`));
  page.on('console', (message) => {
    const text = message.text();
    log.push(`${new Date().toISOString()} ${message.type()} ${text}`);
    const policy = /Content Security Policy|Permissions policy violation/i.test(text);
    const network = /^Failed to load resource|net::ERR_/.test(text);
    const words = /besace: error in a view|\[intlify\]|\[Vue warn\]/.test(text);
    if (policy || words || (message.type() === 'error' && !network)) {
      seen.push(`console of ${page.url()}: ${text}`);
    }
  });
  return {
    log,
    take() {
      const taken = seen;
      seen = [];
      return taken;
    },
  };
}

/** Keys of strings that are on screen, or read aloud, instead of their words: `messaging.composer.send`. */
export async function untranslated(page: Page): Promise<string[]> {
  const words = await page.evaluate(() => {
    const said = ['aria-label', 'title', 'placeholder', 'alt'];
    const attributes = [...document.querySelectorAll('*')].flatMap((element) =>
      said.map((name) => element.getAttribute(name) ?? ''),
    );
    return [document.title, document.body.textContent, ...attributes].join('\n');
  });
  return [
    ...new Set(
      words.match(/\b(?:app|accounts|directory|messaging|push|search|tasks|workspaces)(?:\.[a-z][\w-]*)+/g) ?? [],
    ),
  ];
}
