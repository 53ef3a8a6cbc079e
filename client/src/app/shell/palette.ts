import type { Command, CommandContext, Feature } from '../feature.ts';

/** Commands that match, best first: at most `limit`. Every word typed must begin a word of the title, hint or keywords. */
export function matching(commands: readonly Command[], query: string, limit = 12): readonly Command[] {
  const words = wordsOf(query);
  if (words.length === 0) return commands.slice(0, limit);
  return commands
    .map((command) => ({ command, score: score(command, words) }))
    .filter(({ score }) => score > 0)
    .sort((a, b) => b.score - a.score)
    .slice(0, limit)
    .map(({ command }) => command);
}

/** What features find while the person types; one that fails costs its own results only, and is told to `failed`. */
export async function findEverywhere(
  features: readonly Feature[],
  query: string,
  context: CommandContext,
  failed: (feature: string, error: unknown) => void,
): Promise<readonly Command[]> {
  const answers = await Promise.all(
    features.map(async ({ name, find }) => {
      try {
        return (await find?.(query, context)) ?? [];
      } catch (error) {
        failed(name, error);
        return [];
      }
    }),
  );
  return answers.flat();
}

/** Lower case without accents: `reunion` finds `Réunion`. */
export function wordsOf(text: string): readonly string[] {
  return text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .split(/[^\p{L}\p{N}]+/u)
    .filter(Boolean);
}

function score(command: Command, words: readonly string[]): number {
  const title = wordsOf(command.title);
  const others = wordsOf(`${command.hint ?? ''} ${command.keywords ?? ''}`);
  let total = 0;
  for (const [index, word] of words.entries()) {
    if (title[index]?.startsWith(word)) total += 4;
    else if (title.some((part) => part.startsWith(word))) total += 2;
    else if (others.some((part) => part.startsWith(word))) total += 1;
    else return 0;
  }
  return total;
}
