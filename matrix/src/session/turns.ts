import type { Logger } from '../platform/platform.ts';

/** Runs a step after all that was asked for before, whether those failed or not; gives what the step gives. */
export type InTurn = <T>(step: () => Promise<T> | T) => Promise<T>;

/** One line of steps that must not run into one another (style.md, 9). Whoever asked for a step hears its failure. */
export function createTurns(): InTurn {
  let line: Promise<unknown> = Promise.resolve();
  return (step) => {
    const mine = line.then(step);
    line = mine.catch(() => undefined);
    return mine;
  };
}

/** A line of steps that nobody waits for: a failure is logged under `event`, and the next one runs. */
export function createLoggedTurns(
  logger: Logger,
  event: string,
  fields: Readonly<Record<string, unknown>>,
): (step: () => Promise<void> | void) => Promise<void> {
  const inTurn = createTurns();
  return (step) => inTurn(step).catch((error: unknown) => logger.error(event, { ...fields, error: String(error) }));
}
