import type { Virtualizer } from '@tanstack/vue-virtual';

/**
 * The height of a row, px, from the browser's own observer only, which tells it before the frame is drawn. Asking each row as it is mounted would
 * lay the whole page out again for each of them. Until then the guess stands.
 */
export function measureLater(
  element: Element,
  entry: ResizeObserverEntry | undefined,
  virtualizer: Virtualizer<HTMLElement, Element>,
): number {
  const told = entry?.borderBoxSize[0]?.blockSize;
  if (told !== undefined) return Math.round(told);
  return (
    virtualizer.measurementsCache[virtualizer.indexFromElement(element)]?.size ?? virtualizer.options.estimateSize(0)
  );
}
