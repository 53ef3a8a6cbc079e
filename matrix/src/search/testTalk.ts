/**
 * Talk to measure and test with: messages as they are written in French, with a vocabulary that grows as a language's does (Zipf's law), the
 * same for the same seed.
 */
export type Talk = { next(): string };

const COMMON =
  `de la le et les des en un une du que est pour qui dans par sur au pas plus ne ce avec il sont je vous nous on se
  mais ou ont été être a cette son ses aux fait faire bien si tout comme votre notre leur d'accord merci bonjour l'équipe réunion demain
  après-midi dossier préfecture ministère arrêté budget marché note courrier réponse délai validation signature commission séance
  compte-rendu convocation agent service direction cabinet secrétaire général élection circulaire décret annexe pièce jointe
  calendrier projet partenaire territoire collectivité département région commune élu président mission rapport audit contrôle
  subvention crédit engagement paiement facture prestataire appel offre consultation public usager accueil guichet numérique`.split(
    /\s+/,
  );
const ONSETS = 'b c d f g h j l m n p r s t v br bl ch cl cr dr fl fr gl gr ph pl pr qu tr vr st sp é'.split(' ');
const VOWELS = 'a e i o u é è ê ai au eau ou oi eu an en on in ion'.split(' ');
const ENDS = ['', '', '', 'r', 's', 't', 'nt', 'ment', 'tion', 'lle', 'que', 'ge', 'té', 'eur', 'euse'];

/** `vocabulary`: how many distinct words the speakers know beside the common ones. */
export function createTalk(seed: number, vocabulary = 60_000): Talk {
  const random = mulberry32(seed);
  const words = [...COMMON];
  while (words.length < vocabulary + COMMON.length) {
    let word = '';
    for (let syllable = 0; syllable < 1 + Math.floor(random() * 3); syllable++) word += pick(ONSETS) + pick(VOWELS);
    words.push(word + pick(ENDS));
  }
  function pick(from: readonly string[]): string {
    return from[Math.floor(random() * from.length)] ?? '';
  }
  /** Zipf with exponent 1: rank r about 1 / r. */
  function word(): string {
    return words[Math.floor(words.length ** random()) - 1] ?? 'de';
  }
  return {
    next() {
      const length = 2 + Math.floor(random() ** 2 * 28);
      const said = Array.from({ length }, word);
      if (random() < 0.1) said.push(String(Math.floor(random() * 100_000)));
      return said.join(' ');
    },
  };
}

/** A small generator with a seed: 32 bits of state are enough for tests. */
export function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
