import type { NewPerson } from './signUp.ts';

/*
 * What the demo shows: a project of two ministries with an architect from outside. Names and places are invented.
 */
const password = 'cheval agrafe pile correct';
const person = (name: string, address: string): NewPerson => ({ name, address, password });

export const people = {
  claire: person('Claire Morel', 'claire.morel@interieur.gouv.fr'),
  karim: person('Karim Benali', 'karim.benali@interieur.gouv.fr'),
  sophie: person('Sophie Lemaire', 'sophie.lemaire@culture.gouv.fr'),
  thomas: person('Thomas Girard', 'thomas.girard@culture.gouv.fr'),
  julie: person('Julie Faure', 'julie.faure@atelier-faure.example'),
};
export type Who = keyof typeof people;

export const workspace = 'Rénovation de la préfecture';

/** Rooms of the workspace, with what is said in them. */
export const rooms: readonly {
  readonly name: string;
  readonly openToOutsiders: boolean;
  readonly members: readonly Who[];
  readonly lines: readonly (readonly [Who, string])[];
}[] = [
  {
    name: 'Général',
    openToOutsiders: false,
    members: ['karim', 'sophie', 'thomas'],
    lines: [
      ['claire', 'Bonjour à tous, cet espace réunit nos deux ministères pour la rénovation de la préfecture.'],
      [
        'sophie',
        'Merci Claire. La conservation régionale a rendu son avis sur la façade, je le dépose cet après-midi.',
      ],
      ['karim', 'Parfait. Le calendrier des travaux est sur le tableau, dites-moi ce qui ne tient pas.'],
      ['thomas', 'La visite du 12 tombe pendant les Journées du patrimoine : peut-on la décaler d’une semaine ?'],
      ['claire', 'Oui, je préviens l’atelier et je corrige la carte.'],
    ],
  },
  {
    name: 'Avec l’atelier',
    openToOutsiders: true,
    members: ['karim', 'sophie', 'julie'],
    lines: [
      ['claire', 'Bienvenue Julie. Ici, vous pouvez échanger avec nous ; les autres salons restent entre agents.'],
      ['julie', 'Merci ! Je vous envoie les plans du deuxième étage demain matin.'],
      ['sophie', 'Pensez à la cote de la corniche, s’il vous plaît : c’est le point que la commission regardera.'],
    ],
  },
];

export const board = {
  name: 'Tableau des travaux',
  columns: ['À étudier', 'À faire', 'En cours', 'Fait'],
  cards: [
    {
      column: 0,
      title: 'Accès des personnes à mobilité réduite par la cour',
      labels: ['accessibilité'],
      to: ['karim'],
    },
    { column: 0, title: 'Éclairage de la salle des mariages', labels: ['énergie'], to: [] },
    { column: 0, title: 'Devis du mobilier d’accueil', labels: ['budget'], to: ['thomas'] },
    {
      column: 1,
      title: 'Déposer le dossier à la commission du patrimoine',
      labels: ['urgent', 'juridique'],
      to: ['sophie'],
      due: 3,
    },
    { column: 1, title: 'Choisir les artisans pour la corniche', labels: ['budget'], to: ['sophie', 'karim'], due: 9 },
    { column: 1, title: 'Prévenir les riverains du calendrier', labels: ['communication'], to: ['claire'], due: 14 },
    {
      column: 1,
      title: 'Déménager le guichet des titres au rez-de-chaussée',
      labels: ['usagers'],
      to: ['karim'],
      due: 21,
    },
    { column: 2, title: 'Relevé de la façade nord', labels: ['patrimoine'], to: ['thomas'], due: -1 },
    {
      column: 2,
      title: 'Plan de continuité de l’accueil pendant les travaux',
      labels: ['usagers', 'urgent'],
      to: ['claire'],
      due: 0,
    },
    { column: 2, title: 'Convention entre les deux ministères', labels: ['juridique'], to: ['claire', 'sophie'] },
    { column: 3, title: 'Diagnostic amiante', labels: ['sécurité'], to: ['karim'] },
    { column: 3, title: 'Avis de la conservation régionale', labels: ['patrimoine'], to: ['sophie'] },
  ] satisfies readonly {
    column: number;
    title: string;
    labels: readonly string[];
    to: readonly Who[];
    /** Days from today. */
    due?: number;
  }[],
};

export const conversation = {
  between: ['claire', 'sophie'] as const,
  lines: [
    ['sophie', 'Avez-vous cinq minutes pour la convention ?'],
    ['claire', 'Oui, à 14 h 30. Je relis l’article 4 d’ici là.'],
    ['sophie', 'Parfait, à tout à l’heure.'],
  ] as readonly (readonly [Who, string])[],
};

export const note = {
  name: 'compte rendu du comité.txt',
  caption: 'Le compte rendu du comité de mardi',
  text: 'Comité de pilotage\n\n1. Calendrier : la façade nord d’abord.\n2. Budget : le devis de la corniche est attendu.\n3. Accueil : le guichet des titres reste ouvert.\n',
};
