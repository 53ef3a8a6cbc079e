/** What the form says while a password is typed. The service decides; this only spares a refusal that can be foreseen. */
export type PasswordStrength =
  | { readonly kind: 'empty' }
  | { readonly kind: 'too-short'; readonly missing: number }
  | { readonly kind: 'personal' }
  | { readonly kind: 'fair' }
  | { readonly kind: 'good' };

/** As the accounts service has it (ACC-10). */
export const minimumLength = 12;

/** `known`: words that everyone knows of the person: her name, her address. */
export function passwordStrength(password: string, known: readonly string[]): PasswordStrength {
  const length = [...password].length;
  if (length === 0) return { kind: 'empty' };
  if (length < minimumLength) return { kind: 'too-short', missing: minimumLength - length };
  const words = known
    .flatMap((text) => [text, ...text.split(/[^\p{L}\p{N}]+/u)])
    .map((word) => word.toLowerCase())
    .filter((word) => word.length > 3)
    .sort((a, b) => b.length - a.length);
  const rest = words.reduce((left, word) => left.replaceAll(word, ''), password.toLowerCase());
  if ([...rest].length < minimumLength / 2 || new Set(rest).size < 5) return { kind: 'personal' };
  return [...rest].length >= 16 && new Set(rest).size >= 8 ? { kind: 'good' } : { kind: 'fair' };
}
