import { EMPTY_TIMELINE } from '@besace/matrix/api/emptyTimeline';
import type { Member, RoomDetails, Someone, StoredObject, TimelineItem } from '@besace/matrix/api/types';
import { parseDeviceId, parseEventId, parseRoomId, parseUserId, type RoomId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { fixtureBoard } from '@besace/protocol/features/tasks';
import type { DoubleWorld } from '../src/testing/doubleWorld.ts';

/** Believable people and rooms, to look at screens with. */
export const people = [
  who('anne', 'interieur', 'Anne Martin'),
  who('bruno', 'culture', 'Bruno Lefèvre'),
  who('claire', 'culture', 'Claire Petit-Dubois'),
  who('didier', 'interieur', 'Didier Nguyen'),
  who('elodie', 'interieur', 'Élodie Fontaine'),
  who('farid', 'culture', 'Farid Benali'),
  who('paul', 'externes', 'Paul Keller', true),
  who('sonia', 'externes', 'Sonia Rossi', true),
];

export const organisations = [
  org('interieur', 'Ministère de l’Intérieur', 'Ministry of the Interior', false),
  org('culture', 'Ministère de la Culture', 'Ministry of Culture', false),
  org('externes', 'Partenaires externes', 'Outside partners', true),
];

const me = must(parseUserId('@anne:interieur.test'));
const minute = 60_000;
/** Of each of the people. `reader` in the session storage makes me one. */
const levels = [sessionStorage.getItem('reader') === null ? 100 : 0, 50, 10, 10, 0, 0, 0, 0];
const now = Date.now();

export async function demoWorld(): Promise<Partial<DoubleWorld> & Pick<DoubleWorld, 'status'>> {
  const work = id('plan-canicule');
  const chat = id('preparation');
  const image = await picture();
  const files = new Map<string, Blob>([
    ['mxc://interieur.test/plan', image],
    ['mxc://interieur.test/note', new Blob(['note'])],
  ]);
  const long = new URL(location.href).searchParams.has('long') || sessionStorage.getItem('long') !== null;
  const rooms: RoomDetails[] = [
    room('plan-canicule', {
      kind: 'workspace',
      name: 'Plan canicule 2027',
      children: [chat, id('suivi'), id('secret')],
      outsiderCount: 1,
    }),
    room('reforme', { kind: 'workspace', name: 'Réforme des archives', children: [] }),
    room('preparation', {
      name: 'Préparation avec les préfectures',
      parents: [work],
      unread: 4,
      highlights: 1,
      openToOutsiders: true,
      outsiderCount: 2,
      joinedCount: 12,
      typing: [someone('Bruno Lefèvre')],
      preview: { sender: 'Bruno', text: 'Le plan des salles rafraîchies est joint.' },
      lastActivity: now - 2 * minute,
    }),
    room('suivi', {
      kind: 'board',
      name: 'Suivi des actions',
      parents: [work],
      unread: 2,
      lastActivity: now - 20 * minute,
    }),
    room('annonces', { name: 'Annonces', parents: [work], openToOutsiders: true, lastActivity: now - 300 * minute }),
    room('bruno', {
      name: 'Bruno Lefèvre',
      direct: true,
      directWith: must(parseUserId('@bruno:culture.test')),
      unread: 1,
      joinedCount: 2,
      preview: { sender: 'Bruno', text: 'Parfait, à demain 9 h alors.' },
      lastActivity: now - 8 * minute,
    }),
    room('claire', {
      name: 'Claire Petit-Dubois, Farid Benali',
      joinedCount: 3,
      preview: { sender: 'Vous', text: 'Je relis la note ce soir et je vous la renvoie.' },
      lastActivity: now - 90 * minute,
    }),
    room('paul', {
      name: 'Paul Keller',
      direct: true,
      outsiderCount: 1,
      openToOutsiders: true,
      joinedCount: 2,
      preview: { sender: 'Paul', text: 'Le devis est prêt.' },
      lastActivity: now - 26 * 60 * minute,
    }),
    room('verrou', { name: '!verrou', nameLocked: true, lastActivity: now - 50 * 60 * minute }),
    room('invitation', {
      name: 'Cellule de crise',
      membership: 'invite',
      joinedCount: 5,
      outsiderCount: 1,
      inviter: { userId: must(parseUserId('@didier:interieur.test')), name: 'Didier Nguyen' },
      lastActivity: now - 5 * minute,
    }),
  ];
  const moreRooms = long
    ? Array.from({ length: 1000 }, (_, index) =>
        room(`long${index}`, { name: `Conversation ${index}`, lastActivity: now - index * 60 * minute }),
      )
    : [];
  const items = conversation();
  return {
    status: {
      account: {
        userId: me,
        deviceId: must(parseDeviceId('DEVICE')),
        homeserver: 'http://localhost',
        displayName: 'Anne Martin',
      },
      identity: { kind: 'ready' },
      connection: { kind: 'online' },
      lockedEvents: 0,
      keyRestore: null,
    },
    rooms,
    moreRooms,
    files,
    objects: new Map([[id('suivi'), board(now)]]),
    timelines: new Map(
      rooms.map((one) => [
        one.roomId,
        one.roomId === chat ? { ...EMPTY_TIMELINE, items, unreadFrom: items.at(-6)?.id ?? null } : EMPTY_TIMELINE,
      ]),
    ),
  };
}

/** The board of « Suivi des actions »: `cards` in the session storage says how many, 0 for a board without columns. */
function board(at: number): readonly StoredObject[] {
  const cards = Number(sessionStorage.getItem('cards') ?? 60);
  if (cards === 0) return [];
  return fixtureBoard({ cards, people: people.map(({ userId }) => userId), seed: 7 }).objects.map((object, index) => ({
    ...object,
    lastSender: people[index % 5]?.userId ?? me,
    lastAt: at - index * 17 * minute,
    sending: null,
    updateNeeded: false,
  }));
}

function conversation(): readonly TimelineItem[] {
  const start = now - 27 * 60 * minute;
  const history = Array.from({ length: 300 }, (_, index) =>
    said(
      `h${index}`,
      people[(index >> 1) % 5]?.name ?? '',
      start - (300 - index) * 7 * minute,
      `Point ${index} : les effectifs de la salle ${index % 9} sont confirmés.`,
    ),
  );
  return [
    ...history,
    item('m1', 'Didier Nguyen', start, {
      kind: 'membership',
      user: user('Didier Nguyen'),
      name: 'Claire Petit-Dubois',
      change: 'invited',
      outsider: false,
    }),
    item('m2', 'Claire Petit-Dubois', start + minute, {
      kind: 'membership',
      user: user('Claire Petit-Dubois'),
      name: 'Claire Petit-Dubois',
      change: 'joined',
      outsider: false,
    }),
    item('m3', 'Didier Nguyen', start + 2 * minute, {
      kind: 'membership',
      user: user('Paul Keller'),
      name: 'Paul Keller',
      change: 'invited',
      outsider: true,
    }),
    said(
      'a1',
      'Claire Petit-Dubois',
      start + 5 * minute,
      'Bonjour à tous. Je reprends la liste des musées qui peuvent ouvrir leurs salles climatisées cet été.',
    ),
    said('a2', 'Claire Petit-Dubois', start + 6 * minute, 'Voici ce qui est confirmé', {
      body: {
        kind: 'text',
        text: 'Voici ce qui est confirmé',
        html: '<p>Voici ce qui est <strong>confirmé</strong> :</p><ul><li>Musée des Confluences, 14 h à 20 h</li><li>Archives de Lyon, <em>sous réserve</em></li></ul><p>Le reste dépend de la note <code>2027-14</code>.</p>',
        emote: false,
        notice: false,
      },
      reactions: [
        {
          key: '👍',
          count: 3,
          mine: true,
          people: ['Anne Martin', 'Bruno Lefèvre', 'Farid Benali'].map(someone),
          unproven: 1,
        },
        { key: '🎉', count: 1, mine: false, people: [someone('Didier Nguyen')], unproven: 0 },
      ],
    }),
    said(
      'a3',
      'Anne Martin',
      start + 9 * minute,
      'Merci Claire. Je transmets aux préfectures : https://besace.test/plan',
      { edited: true, readBy: ['Claire Petit-Dubois', 'Bruno Lefèvre', 'Farid Benali', 'Paul Keller'].map(someone) },
    ),
    said('a4', 'Paul Keller', start + 60 * minute, 'Côté prestataire, les brumisateurs seront livrés le 12.', {
      outsider: true,
      replyTo: {
        eventId: must(parseEventId('$a1')),
        senderName: 'Claire Petit-Dubois',
        text: 'Bonjour à tous. Je reprends la liste des musées qui peuvent ouvrir leurs salles climatisées cet été.',
      },
    }),
    item('l1', 'Farid Benali', start + 70 * minute, { kind: 'locked', why: 'waiting-for-key' }),
    item('d1', 'Bruno Lefèvre', now - 40 * minute, {
      kind: 'device',
      user: user('Bruno Lefèvre'),
      name: 'Bruno Lefèvre',
    }),
    said('b1', 'Bruno Lefèvre', now - 30 * minute, 'Le plan des salles rafraîchies est joint.'),
    item('b2', 'Bruno Lefèvre', now - 29 * minute, {
      kind: 'image',
      media: { ...media('plan', 'plan-salles.png', 'image/png', 48_000), width: 1200, height: 800 },
      caption: null,
    }),
    item('b3', 'Bruno Lefèvre', now - 28 * minute, {
      kind: 'file',
      media: media('note', 'Note de cadrage 2027-14.pdf', 'application/pdf', 1_840_000),
      caption: 'La note, pour mémoire.',
    }),
    said('b4', 'Élodie Fontaine', now - 12 * minute, 'Anne, peux-tu confirmer pour les Bouches-du-Rhône ?'),
    item('b5', 'Élodie Fontaine', now - 11 * minute, { kind: 'removed' }),
    said('b6', 'Farid Benali', now - 3 * minute, 'Et pour le Gard aussi, si possible avant midi.'),
  ];
}

function said(key: string, name: string, at: number, text: string, over: Partial<TimelineItem> = {}): TimelineItem {
  return { ...item(key, name, at, { kind: 'text', text, html: null, emote: false, notice: false }), ...over };
}

function item(key: string, name: string, at: number, body: TimelineItem['body']): TimelineItem {
  return {
    id: key,
    eventId: must(parseEventId(`$${key}`)),
    sender: user(name),
    senderName: name,
    outsider: false,
    at,
    doubtfulDate: false,
    mine: name === 'Anne Martin',
    sending: null,
    body,
    edited: false,
    unproven: [],
    replyTo: null,
    reactions: [],
    readBy: [],
    mentionsMe: false,
    thread: null,
    threadRoot: null,
  };
}

function someone(name: string): Someone {
  return { userId: user(name), name };
}

function media(key: string, name: string, mimetype: string, size: number) {
  return {
    url: `mxc://interieur.test/${key}`,
    file: {},
    name,
    mimetype,
    size,
    width: null,
    height: null,
    thumbnail: null,
  };
}

function room(key: string, over: Partial<RoomDetails>): RoomDetails {
  return {
    roomId: id(key),
    kind: 'chat',
    membership: 'join',
    name: key,
    nameLocked: false,
    direct: false,
    directWith: null,
    encrypted: true,
    parents: [],
    joinedCount: 8,
    outsiderCount: 0,
    openToOutsiders: false,
    unread: 0,
    highlights: 0,
    lastActivity: 0,
    preview: null,
    inviter: null,
    fromStranger: false,
    topic: '',
    members: people.map(
      (one, index): Member => ({
        userId: one.userId,
        name: one.name,
        membership: index === 5 ? 'invite' : 'join',
        power: levels[index] ?? 0,
        outsider: one.outsider,
      }),
    ),
    myPower: 100,
    historyShared: true,
    powerLevels: {
      invite: 50,
      state_default: 10,
      events: { 'm.room.power_levels': 100, 'm.room.name': 50 },
      users: Object.fromEntries(people.map(({ userId }, index) => [userId, levels[index] ?? 0])),
    },
    creators: [],
    children: [],
    typing: [],
    ...over,
  };
}

function who(localpart: string, organisation: string, name: string, outsider = false) {
  return {
    userId: must(parseUserId(`@${localpart}:${organisation}.test`)),
    name,
    organisation,
    outsider,
    address: `${localpart}@${organisation}.gouv.fr`,
  };
}

function org(key: string, fr: string, en: string, outsiders: boolean) {
  return { id: key, serverName: `${key}.test`, homeserver: `http://localhost/hs/${key}`, outsiders, label: { fr, en } };
}

function user(name: string) {
  const found = people.find((one) => one.name === name);
  if (found === undefined) throw new Error(`nobody called ${name}`);
  return found.userId;
}

function id(key: string): RoomId {
  return must(parseRoomId(`!${key}`));
}

function must<T>(parsed: Result<T, unknown>): T {
  if (!parsed.ok) throw new Error('not an id');
  return parsed.value;
}

/** A plan of rooms, drawn here. */
async function picture(): Promise<Blob> {
  const canvas = new OffscreenCanvas(1200, 800);
  const context = canvas.getContext('2d');
  if (context === null) throw new Error('no canvas');
  context.fillStyle = '#f4f1e8';
  context.fillRect(0, 0, 1200, 800);
  for (const [x, y, width, height, colour] of [
    [60, 60, 500, 300, '#9cc5ba'],
    [600, 60, 540, 300, '#dcd6c4'],
    [60, 400, 340, 340, '#dcd6c4'],
    [440, 400, 700, 340, '#9cc5ba'],
  ] as const) {
    context.fillStyle = colour;
    context.fillRect(x, y, width, height);
  }
  return canvas.convertToBlob({ type: 'image/png' });
}
