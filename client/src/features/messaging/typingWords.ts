/** Who types, as the key of its sentence under `messaging.typing`; null when nobody does. */
export function typingWords(
  names: readonly string[],
): { readonly key: string; readonly named: Record<string, string> } | null {
  const [name, other, ...more] = names;
  if (name === undefined) {
    return null;
  }
  if (other === undefined) {
    return { key: 'one', named: { name } };
  }
  return more.length === 0 ? { key: 'two', named: { name, other } } : { key: 'many', named: {} };
}
