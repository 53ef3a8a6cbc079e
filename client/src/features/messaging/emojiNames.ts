import * as v from 'valibot';
import { folded } from './fold.ts';

export type NamedEmoji = { readonly unicode: string; readonly name: string };

/** Emoji by their names and key words in one language. */
export interface EmojiNames {
  /** At most `most`: what is named so, then what has a word of its name, then a key word, that begins so; each in the order of the standard. */
  like(query: string, most: number): readonly NamedEmoji[];
}

const schema = v.array(
  v.object({
    unicode: v.string(),
    label: v.string(),
    tags: v.optional(v.array(v.string()), []),
    order: v.optional(v.number()),
  }),
);

/** What emojibase says of a language. What has no place in its order, such as half a flag, is nobody's word. */
export function emojiNames(data: unknown): EmojiNames {
  const all = v
    .parse(schema, data)
    .filter(({ order }) => order !== undefined)
    .sort((a, b) => (a.order ?? 0) - (b.order ?? 0))
    .map(({ unicode, label, tags }) => {
      const name = folded(label);
      return { emoji: { unicode, name: label }, name: words(name), tags: tags.flatMap((tag) => words(folded(tag))) };
    });
  return {
    like(query, most) {
      const wanted = folded(query.replaceAll('_', ' ')).trim();
      const found: NamedEmoji[][] = [[], [], []];
      for (const { emoji, name, tags } of all) {
        const rank = name[0] === wanted ? 0 : name.some(begins) ? 1 : tags.some(begins) ? 2 : null;
        if (rank !== null) found[rank]?.push(emoji);
      }
      return found.flat().slice(0, most);

      function begins(word: string): boolean {
        return word.startsWith(wanted);
      }
    },
  };
}

function words(text: string): readonly string[] {
  const parts = text.split(/[\s’'():,-]+/).filter((word) => word !== '');
  return [text, ...parts];
}
