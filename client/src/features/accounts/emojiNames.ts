/*
 * The 64 emoji of short authentication strings and their names, from the Matrix specification (client-server API, "SAS method:
 * emoji", sas-emoji.json). Both sides must read the same word, so nobody translates them freely. `symbol English French`.
 */
const table = `🐶 Dog Chien|🐱 Cat Chat|🦁 Lion Lion|🐎 Horse Cheval|🦄 Unicorn Licorne|🐷 Pig Cochon|🐘 Elephant Éléphant|🐰 Rabbit Lapin
🐼 Panda Panda|🐓 Rooster Coq|🐧 Penguin Manchot|🐢 Turtle Tortue|🐟 Fish Poisson|🐙 Octopus Poulpe|🦋 Butterfly Papillon|🌷 Flower Fleur
🌳 Tree Arbre|🌵 Cactus Cactus|🍄 Mushroom Champignon|🌏 Globe Globe|🌙 Moon Lune|☁ Cloud Nuage|🔥 Fire Feu|🍌 Banana Banane
🍎 Apple Pomme|🍓 Strawberry Fraise|🌽 Corn Maïs|🍕 Pizza Pizza|🎂 Cake Gâteau|❤ Heart Cœur|😀 Smiley Sourire|🤖 Robot Robot
🎩 Hat Chapeau|👓 Glasses Lunettes|🔧 Spanner Clé_à_molette|🎅 Santa Père_Noël|👍 Thumbs_Up Pouce_en_l’air|☂ Umbrella Parapluie|⌛ Hourglass Sablier|⏰ Clock Réveil
🎁 Gift Cadeau|💡 Light_Bulb Ampoule|📕 Book Livre|✏ Pencil Crayon|📎 Paperclip Trombone|✂ Scissors Ciseaux|🔒 Lock Cadenas|🔑 Key Clé
🔨 Hammer Marteau|☎ Telephone Téléphone|🏁 Flag Drapeau|🚂 Train Train|🚲 Bicycle Vélo|✈ Aeroplane Avion|🚀 Rocket Fusée|🏆 Trophy Trophée
⚽ Ball Ballon|🎸 Guitar Guitare|🎺 Trumpet Trompette|🔔 Bell Cloche|⚓ Anchor Ancre|🎧 Headphones Casque_audio|📁 Folder Dossier|📌 Pin Punaise`;

type Names = { readonly en: string; readonly fr: string };

const names: ReadonlyMap<string, Names> = new Map(
  table.split(/[|\n]/).map((entry) => {
    const [symbol = '', en = '', fr = ''] = entry.split(' ');
    return [symbol, { en: en.replaceAll('_', ' '), fr: fr.replaceAll('_', ' ') }];
  }),
);

/** All symbols, in the order of the specification. */
export const emojiSymbols: readonly string[] = [...names.keys()];

/** The name of an emoji in a language; the English name that came with it when the table does not have it. */
export function emojiName(emoji: { readonly symbol: string; readonly name: string }, locale: string): string {
  // Some symbols come with a variation selector, which says "in colour" and nothing else.
  const known = names.get(emoji.symbol.replaceAll('\ufe0f', ''));
  return known ? known[locale === 'fr' ? 'fr' : 'en'] : emoji.name;
}
