/** What a person may ask of the bot in a room. */
export type Command =
  | { readonly kind: 'hook'; readonly name: string }
  | { readonly kind: 'unhook'; readonly name: string }
  | { readonly kind: 'hooks' }
  | { readonly kind: 'help' };

const MAX_NAME = 64;

/**
 * Reads a message as a command: `!besace hook <name>`, `!besace unhook <name>`, `!besace hooks`; anything else after `!besace` asks for
 * help. `null` for what is no command. A name has 1 to 64 characters, without control characters.
 */
export function parseCommand(text: string): Command | null {
  const match = /^!besace(?:[ \t]+(\S+)(?:[ \t]+(.*))?)?\s*$/u.exec(text.trim());
  if (match === null) return null;
  const verb = match[1];
  const name = (match[2] ?? '').trim();
  if (verb === 'hooks' && name === '') return { kind: 'hooks' };
  if ((verb === 'hook' || verb === 'unhook') && isName(name)) return { kind: verb, name };
  return { kind: 'help' };
}

function isName(name: string): boolean {
  return name.length >= 1 && name.length <= MAX_NAME && !/[\p{Cc}\p{Cf}]/u.test(name);
}
