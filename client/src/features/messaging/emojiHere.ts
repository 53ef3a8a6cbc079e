import english from 'emojibase-data/en/compact.json?url';
import french from 'emojibase-data/fr/compact.json?url';
import type { Locale } from '../../app/feature.ts';
import { type EmojiNames, emojiNames } from './emojiNames.ts';

const loaded = new Map<Locale, Promise<EmojiNames>>();

/** The names of emoji in a language: one file of our own server, fetched at the first colon. */
export function loadEmojiNames(locale: Locale): Promise<EmojiNames> {
  const known = loaded.get(locale);
  if (known !== undefined) return known;
  const loading = fetch(locale === 'fr' ? french : english)
    .then(async (answer) => {
      if (!answer.ok) throw new Error(`emoji: ${answer.status}`);
      return emojiNames(await answer.json());
    })
    .catch((error: unknown) => {
      loaded.delete(locale);
      throw error;
    });
  loaded.set(locale, loading);
  return loading;
}
