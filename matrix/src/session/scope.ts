/**
 * Owns what must end: subscriptions, timers, loops (style.md, 14). Ending is idempotent, runs newest first, and what is added after the
 * end ends at once.
 */
export interface Scope {
  readonly signal: AbortSignal;
  add(end: () => void): void;
  /** A scope that ends with this one, or before. */
  child(): Scope;
  end(): void;
}

export function createScope(): Scope {
  const controller = new AbortController();
  let ends: (() => void)[] = [];
  const scope: Scope = {
    signal: controller.signal,
    add(end) {
      if (controller.signal.aborted) end();
      else ends.push(end);
    },
    child() {
      const child = createScope();
      const end = () => child.end();
      scope.add(end);
      child.add(() => {
        ends = ends.filter((other) => other !== end);
      });
      return child;
    },
    end() {
      if (controller.signal.aborted) return;
      controller.abort();
      const all = ends.reverse();
      ends = [];
      for (const end of all) end();
    },
  };
  return scope;
}
