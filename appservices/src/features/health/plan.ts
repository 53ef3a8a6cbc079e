/** How one dependency answered; `ms` is how long it took. */
export type Check = { readonly ok: boolean; readonly ms: number };
export type Health = {
  readonly status: 'ok' | 'degraded' | 'down';
  readonly checks: Readonly<Record<string, Check>>;
};

/** The one dependency that nothing works without. */
export const STORE = 'store';

/** What the checks together say (HEA-2). */
export function judgeHealth(checks: Readonly<Record<string, Check>>): Health {
  if (checks[STORE]?.ok !== true) return { status: 'down', checks };
  const well = Object.values(checks).every((check) => check.ok);
  return { status: well ? 'ok' : 'degraded', checks };
}
