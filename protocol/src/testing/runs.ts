/** How often each law is tried: 1,000, or the environment's BESACE_RUNS. A failure prints the seed and path that reproduce it. */
export function runs(): number {
  // No Node types here: the package is pure, and only its tests run in Node.
  const environment = (globalThis as { process?: { env?: Record<string, string | undefined> } }).process?.env;
  const wanted = Number(environment?.BESACE_RUNS);
  return Number.isSafeInteger(wanted) && wanted > 0 ? wanted : 1_000;
}

/** Milliseconds that a law may take before the runner gives up, on a busy machine. */
export const LAW_TIMEOUT = 120_000;
