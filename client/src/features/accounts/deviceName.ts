/** How a browser is named in the list of devices: `Firefox sur Linux`. `t` translates; unknown parts are left out. */
export function deviceName(userAgent: string, t: (key: string, named: Record<string, unknown>) => string): string {
  const browser = first(userAgent, [
    ['Firefox', /Firefox\//],
    ['Edge', /Edg\//],
    ['Opera', /OPR\//],
    ['Chrome', /Chrom(e|ium)\//],
    ['Safari', /Safari\//],
  ]);
  const system = first(userAgent, [
    ['Android', /Android/],
    ['iPhone', /iPhone/],
    ['iPad', /iPad/],
    ['Windows', /Windows/],
    ['Mac', /Mac OS X|Macintosh/],
    ['Linux', /Linux/],
  ]);
  if (browser && system) return t('accounts.deviceName', { browser, system });
  return browser ?? system ?? 'Besace';
}

function first(userAgent: string, names: readonly (readonly [string, RegExp])[]): string | null {
  return names.find(([, pattern]) => pattern.test(userAgent))?.[0] ?? null;
}
