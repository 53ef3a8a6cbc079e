/** The wire state key of an encrypted state event (MSC4362): `<type>:<state key>`. It travels in clear, so it must say nothing. */
export function packKey(type: string, stateKey: string): string {
  return `${type}:${stateKey}`;
}

/** Splits at the first colon, since a type has none; null where there is none. */
export function unpackKey(packed: string): { readonly type: string; readonly stateKey: string } | null {
  const colon = packed.indexOf(':');
  if (colon < 1) return null;
  return { type: packed.slice(0, colon), stateKey: packed.slice(colon + 1) };
}

/**
 * Whether what came out of the ciphertext is what the wire key says. Otherwise a server could file one object's ciphertext under another
 * object's key (T1).
 */
export function packedKeyMatches(packed: string, type: unknown, stateKey: unknown): boolean {
  return (
    typeof type === 'string' &&
    typeof stateKey === 'string' &&
    !type.includes(':') &&
    packed === packKey(type, stateKey)
  );
}
