/** Keeps what the person has just typed for the next page of the same visit: in memory only, taken once, forgotten after 5 minutes. */
export interface JustTyped {
  keep(password: string): void;
  take(): string | null;
}

const lifetime = 5 * 60_000;

export function createJustTyped(): JustTyped {
  let kept: string | null = null;
  let timer: ReturnType<typeof setTimeout> | undefined;

  function take(): string | null {
    const taken = kept;
    kept = null;
    clearTimeout(timer);
    return taken;
  }

  return {
    take,
    keep(password) {
      take();
      kept = password;
      timer = setTimeout(take, lifetime);
    },
  };
}

/** Of this page: signing in hands the password to the recovery page, which needs it for the server (UIA). */
export const justTyped = createJustTyped();
