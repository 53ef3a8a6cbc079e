/** The rows that are in the document: `[start, end)` of all that are loaded. Bounded, so that a long reading stays quick. */
export type Window = { readonly start: number; readonly end: number };

/** How many rows are shown first, how many more at each step (few, so that no frame waits for them), and at most. */
export const first = 60;
export const step = 30;
export const most = 180;

/** The window on opening: around `index`, with most of its room above when `index` is the end. */
export function openAt(index: number, count: number): Window {
  const end = Math.min(count, Math.max(index, 0) + first);
  return { start: Math.max(0, Math.min(index, end) - first), end };
}

/** More above; rows too far below leave the document. */
export function growUp(window: Window): Window {
  const start = Math.max(0, window.start - step);
  return { start, end: Math.min(window.end, start + most) };
}

/** More below; rows too far above leave the document. */
export function growDown(window: Window, count: number): Window {
  const end = Math.min(count, window.end + step);
  return { start: Math.max(window.start, end - most), end };
}

/**
 * The window over a list that changed, so that the same rows stay in the document: `oldKeys` and `newKeys` are the rows' keys.
 * A window that reached the end follows it (MSG-6).
 */
export function follow(window: Window, oldKeys: readonly string[], newKeys: readonly string[]): Window {
  if (oldKeys.length === 0 || newKeys.length === 0) {
    return openAt(newKeys.length - 1, newKeys.length);
  }
  const atEnd = window.end >= oldKeys.length;
  const places = new Map(newKeys.map((key, index) => [key, index]));
  let start: number | undefined;
  for (let index = window.start; index < window.end && start === undefined; index += 1) {
    const key = oldKeys[index];
    start = key === undefined ? undefined : places.get(key);
  }
  if (start === undefined) {
    return openAt(newKeys.length - 1, newKeys.length);
  }
  if (atEnd) {
    return { start: Math.max(start, newKeys.length - 2 * most), end: newKeys.length };
  }
  return { start, end: Math.min(newKeys.length, start + (window.end - window.start)) };
}
