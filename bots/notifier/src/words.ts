/** What the bot says, in the language that its operator chose. */
export type Words = {
  readonly help: string;
  readonly none: string;
  readonly list: string;
  readonly notAllowed: string;
  made(name: string): string;
  ended(name: string): string;
  unknown(name: string): string;
  taken(name: string): string;
  address(name: string, address: string): string;
};

const fr: Words = {
  help: 'Écrivez « !besace hook <nom> » pour créer un crochet, « !besace hooks » pour voir ceux de ce salon, « !besace unhook <nom> » pour en arrêter un.',
  none: 'Ce salon n’a aucun crochet.',
  list: 'Crochets de ce salon :',
  notAllowed: 'Seuls les gestionnaires de ce salon peuvent créer ou arrêter un crochet. Rien n’a été changé.',
  made: (name) => `Le crochet « ${name} » est créé. Son adresse vous est envoyée en message privé.`,
  ended: (name) => `Le crochet « ${name} » est arrêté.`,
  unknown: (name) => `Ce salon n’a pas de crochet « ${name} ».`,
  taken: (name) => `Le crochet « ${name} » existe déjà. Choisissez un autre nom, ou arrêtez-le d’abord.`,
  address: (name, address) =>
    `Adresse du crochet « ${name} » :\n${address}\nQui la connaît peut écrire dans le salon : gardez-la secrète. Exemple :\ncurl -H 'Content-Type: text/plain' --data 'Bonjour' ${address}`,
};

const en: Words = {
  help: 'Write “!besace hook <name>” to make a hook, “!besace hooks” to see those of this room, “!besace unhook <name>” to end one.',
  none: 'This room has no hook.',
  list: 'Hooks of this room:',
  notAllowed: 'Only managers of this room can make or end a hook. Nothing was changed.',
  made: (name) => `The hook “${name}” is made. Its address is sent to you in a private message.`,
  ended: (name) => `The hook “${name}” has ended.`,
  unknown: (name) => `This room has no hook “${name}”.`,
  taken: (name) => `The hook “${name}” exists already. Choose another name, or end it first.`,
  address: (name, address) =>
    `Address of the hook “${name}”:\n${address}\nWhoever knows it can write in the room: keep it secret. Example:\ncurl -H 'Content-Type: text/plain' --data 'Hello' ${address}`,
};

export function wordsIn(locale: 'fr' | 'en'): Words {
  return locale === 'fr' ? fr : en;
}
