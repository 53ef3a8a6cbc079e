/** What must be in sight for a time to be taken. */
export type Sight =
  /** A field that takes the keyboard: laid out, not disabled. */
  | { readonly kind: 'field'; readonly selector: string }
  /** So many rows whose words begin with `words`; the first of them is what a click at its middle would reach. */
  | { readonly kind: 'rows'; readonly selector: string; readonly words: string; readonly atLeast: number }
  /** Numbers in the page that add up to so much, such as the counts of a board's columns. */
  | { readonly kind: 'sum'; readonly selector: string; readonly atLeast: number };

/** Lives in the page, as `besaceProbe`: what is asked from outside, through the browser's protocol, would come late. */
export type Probe = {
  /** When each sight was first on screen: ms since the navigation began. */
  readonly seen: Record<string, number>;
  /** When somebody last clicked. */
  clicked: number;
  /** Tasks of more than 50 ms on the page's thread. */
  readonly longTasks: { readonly start: number; readonly duration: number }[];
  /** Looks for a sight from now on. */
  expect(name: string, sight: Sight): void;
};

declare global {
  interface Window {
    besaceProbe: Probe;
  }
}

/**
 * Runs in the page before its own code. A sight is looked for whenever the document changes, and its time is taken after the frame that
 * showed it.
 */
export function installProbe(first: Readonly<Record<string, Sight>>): void {
  const waiting = new Map(Object.entries(first));
  const probe: Probe = {
    seen: {},
    clicked: 0,
    longTasks: [],
    expect(name, sight) {
      delete probe.seen[name];
      waiting.set(name, sight);
      look();
    },
  };
  window.besaceProbe = probe;

  function isReached(element: Element): boolean {
    const { left, top, width, height } = element.getBoundingClientRect();
    const hit = document.elementFromPoint(left + width / 2, top + height / 2);
    return hit !== null && (element.contains(hit) || hit.contains(element));
  }

  function isInSight(sight: Sight): boolean {
    const found = [...document.querySelectorAll<HTMLElement>(sight.selector)];
    if (sight.kind === 'sum') {
      return found.reduce((sum, { textContent }) => sum + (Number.parseInt(textContent, 10) || 0), 0) >= sight.atLeast;
    }
    if (sight.kind === 'field') {
      return found.some((field) => !(field as HTMLInputElement).disabled && isReached(field));
    }
    const { words } = sight;
    const rows = found.filter(({ textContent }) => textContent.trim().startsWith(words) && textContent.trim() !== '');
    return rows.length >= sight.atLeast && rows[0] !== undefined && isReached(rows[0]);
  }

  function look(): void {
    for (const [name, sight] of waiting) {
      if (!isInSight(sight)) continue;
      waiting.delete(name);
      requestAnimationFrame(() =>
        setTimeout(() => {
          probe.seen[name] = performance.now();
        }),
      );
    }
  }

  new MutationObserver(look).observe(document, { subtree: true, childList: true, characterData: true });
  window.addEventListener('load', look);
  window.addEventListener('click', (event) => (probe.clicked = event.timeStamp), { capture: true });
  new PerformanceObserver((list) => {
    for (const { startTime, duration } of list.getEntries()) probe.longTasks.push({ start: startTime, duration });
  }).observe({ type: 'longtask', buffered: true });
}
