/** Where a start or a doctor writes: one line at a time. */
export type Print = (line: string) => void;

/** Runs a step and prints how long it took. `outcome` may add a few words to the line. */
export async function step<T>(
  print: Print,
  name: string,
  run: () => Promise<T>,
  outcome?: (value: T) => string,
): Promise<T> {
  const began = performance.now();
  const value = await run();
  print(stepLine(name, performance.now() - began, outcome?.(value)));
  return value;
}

/** `  ✓ name                        1.2 s  words` */
export function stepLine(name: string, ms: number, words = ''): string {
  return `  ✓ ${name.padEnd(34)} ${seconds(ms).padStart(7)}  ${words}`.trimEnd();
}

export function seconds(ms: number): string {
  return `${(ms / 1000).toFixed(1)} s`;
}
