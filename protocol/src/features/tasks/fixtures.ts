import type { ObjectId, UserId } from '../../core/ids.ts';
import { SINGLETON_ID } from '../../core/kind.ts';
import { orderKeys } from '../../core/order.ts';
import type { Stamp } from '../../core/registers.ts';
import type { Result } from '../../core/result.ts';
import { addLabel, archiveTask, assign, createColumn, createTask, editBoard, removeTask } from './commands.ts';
import { type Board, boardKind, type Column, columnKind, type LabelColour, type Task, taskKind } from './schema.ts';

export type FixtureCounts = { readonly cards: number; readonly people: readonly UserId[]; readonly seed: number };

/** A board with its objects as they go on the wire, ready for `writeObject`. */
export type FixtureBoard = {
  readonly title: string;
  readonly objects: readonly {
    readonly type: string;
    readonly objectId: ObjectId;
    readonly content: Record<string, unknown>;
  }[];
};

const COLUMNS = ['À étudier', 'À faire', 'En cours', 'En relecture', 'Fait'];
/** How many of ten cards stand in each column. */
const WEIGHTS = [0, 0, 1, 1, 1, 2, 2, 3, 4, 4];
const LABELS: readonly (readonly [string, LabelColour])[] = [
  ['urgent', 'red'],
  ['budget', 'orange'],
  ['juridique', 'purple'],
  ['accessibilité', 'green'],
  ['communication', 'blue'],
  ['usagers', 'teal'],
  ['à arbitrer', 'yellow'],
];
const ACTIONS = [
  'Rédiger',
  'Relire',
  'Mettre à jour',
  'Faire valider',
  'Présenter',
  'Préparer',
  'Publier',
  'Traduire',
  'Chiffrer',
  'Planifier',
];
const SUBJECTS = [
  'la note de cadrage',
  'le compte rendu du comité de pilotage',
  'la convention avec la région',
  'le guide des agents',
  'la page « Vos démarches »',
  'le cahier des charges',
  "l'étude d'impact",
  'le calendrier des formations',
  "l'arrêté modificatif",
  'la liste des sites pilotes',
  'le budget prévisionnel',
  'la réponse à la question parlementaire',
  'le plan de continuité',
  "l'enquête auprès des usagers",
];
const CONTEXTS = [
  'pour jeudi',
  'avec la préfecture',
  'des Journées du patrimoine',
  'de la phase 2',
  'du deuxième semestre',
  '',
];
const DETAILS = [
  'Voir les remarques de la dernière réunion, en particulier sur les délais.',
  'Le bureau des affaires juridiques attend une première version avant relecture.',
  'Trois directions sont concernées ; une synthèse d’une page suffit.',
  'Vérifier les contrastes et la navigation au clavier avant publication.',
  'Les chiffres de l’an dernier sont dans le dossier partagé.',
];

/** A believable French board, the same for the same seed. Some cards are archived or in the bin. `people` must not be empty. */
export function fixtureBoard({ cards, people, seed }: FixtureCounts): FixtureBoard {
  const random = generator(seed);
  const pick = <T>(items: readonly T[], otherwise: T): T => items[Math.floor(random() * items.length)] ?? otherwise;
  const author = people[0];
  if (author === undefined) throw new Error('a board needs people');
  const title = 'Modernisation de l’accueil des usagers';
  const board = good<Board>(
    editBoard(boardKind.empty, { title, description: 'Suivi partagé des deux ministères.' }, [1, author]),
  );
  const columnOrders = orderKeys(COLUMNS.length);
  const columnIds = COLUMNS.map(() => objectId(random));
  const columns = COLUMNS.map((name, index) =>
    good<Column>(createColumn({ title: name, order: columnOrders[index] ?? 'a0' }, [1, author])),
  );
  const orders = orderKeys(cards);
  const tasks = orders.map((order) => {
    const by: Stamp = [1, pick(people, author)];
    const about = [pick(ACTIONS, ''), pick(SUBJECTS, ''), pick(CONTEXTS, '')].filter((part) => part !== '').join(' ');
    const due = random() < 0.5 ? day(random) : null;
    const description = random() < 0.7 ? pick(DETAILS, '') : '';
    const column = columnIds[pick(WEIGHTS, 1)] ?? SINGLETON_ID;
    let task = good<Task>(createTask({ title: about, column, order, description, due }, by));
    if (random() < 0.7) task = good(assign(task, pick(people, author), by));
    if (random() < 0.2) task = good(assign(task, pick(people, author), by));
    for (let count = Math.floor(random() * 3); count > 0; count -= 1) {
      const [label, colour] = pick(LABELS, ['urgent', 'red'] as const);
      if (!task.labels.has(label)) task = good(addLabel(task, label, colour, by));
    }
    const fate = random();
    if (fate < 0.03) task = good(archiveTask(task, [2, author]));
    else if (fate < 0.05) task = good(removeTask(task, [2, author]));
    return task;
  });
  return {
    title,
    objects: [
      { type: boardKind.type, objectId: SINGLETON_ID, content: boardKind.encode(board) },
      ...columns.map((column, index) => ({
        type: columnKind.type,
        objectId: columnIds[index] ?? SINGLETON_ID,
        content: columnKind.encode(column),
      })),
      ...tasks.map((task) => ({ type: taskKind.type, objectId: objectId(random), content: taskKind.encode(task) })),
    ],
  };
}

function good<T>(outcome: Result<T, { readonly code: string; readonly field: string }>): T {
  if (outcome.ok) return outcome.value;
  throw new Error(`the fixture is wrong: ${outcome.error.code} ${outcome.error.field}`);
}

function day(random: () => number): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `2027-${two(1 + Math.floor(random() * 12))}-${two(1 + Math.floor(random() * 28))}`;
}

function objectId(random: () => number): ObjectId {
  const letters = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
  return Array.from({ length: 22 }, () => letters[Math.floor(random() * 64)] ?? 'A').join('') as ObjectId;
}

/** mulberry32: a small seeded generator, for believable data only. */
function generator(seed: number): () => number {
  let state = seed | 0;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
