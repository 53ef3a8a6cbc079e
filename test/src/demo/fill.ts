import { type ObjectId, parseObjectId, type RoomId } from '@besace/protocol/core/ids';
import { orderKeys } from '@besace/protocol/core/order';
import { nextStamp } from '@besace/protocol/core/registers';
import {
  addLabel,
  assign,
  type Commanded,
  columnKind,
  createColumn,
  createTask,
  LABEL_COLOURS,
  taskKind,
} from '@besace/protocol/features/tasks';
import { type Agent, must, newAgent } from './agent.ts';
import { board, conversation, note, people, rooms, type Who, workspace } from './content.ts';
import type { Front } from './signUp.ts';

export type Demo = {
  readonly agents: Readonly<Record<Who, Agent>>;
  readonly workspace: RoomId;
  readonly board: RoomId;
};

/** Fills a running Besace through the same public paths as a client: sign-up by mail, encrypted rooms, invitations, a board. */
export async function fillDemo(
  front: Front,
  outsiderServers: readonly string[],
  say: (line: string) => void,
): Promise<Demo> {
  const agents = {} as Record<Who, Agent>;
  for (const who of Object.keys(people) as Who[]) {
    agents[who] = await newAgent(front, people[who], outsiderServers);
    say(`${people[who].name} (${people[who].address})`);
  }
  const { claire } = agents;
  const space = must(await claire.api.createWorkspace({ name: workspace }));
  await gather(claire, space, [agents.karim, agents.sophie, agents.thomas]);
  say(`« ${workspace} »`);
  for (const { name, openToOutsiders, members, lines } of rooms) {
    const room = must(
      await claire.api.createRoomIn({ workspace: space, name, kind: 'chat', openToOutsiders, inviteMembers: false }),
    );
    await claire.sent();
    await gather(
      claire,
      room,
      members.map((who) => agents[who]),
    );
    await talk(agents, room, lines);
    say(`« ${name} »`);
  }
  const boardRoom = must(
    await claire.api.createRoomIn({
      workspace: space,
      name: board.name,
      kind: 'board',
      openToOutsiders: false,
      inviteMembers: false,
    }),
  );
  await claire.sent();
  const team = [agents.karim, agents.sophie, agents.thomas];
  await gather(claire, boardRoom, team);
  await fillBoard(claire, boardRoom, agents);
  say(`« ${board.name} »`);
  const [one, other] = conversation.between;
  const direct = must(
    await agents[one].api.createConversation({ name: null, invite: [agents[other].userId], direct: true }),
  );
  await agents[other].join(direct);
  await talk(agents, direct, conversation.lines);
  must(
    await claire.api.sendFile(direct, new Blob([note.text], { type: 'text/plain' }), {
      name: note.name,
      caption: note.caption,
    }),
  );
  await claire.sent();
  return { agents, workspace: space, board: boardRoom };
}

async function gather(host: Agent, room: RoomId, guests: readonly Agent[]): Promise<void> {
  for (const guest of guests) {
    must(await host.api.invite(room, guest.userId));
    await guest.join(room);
  }
}

/** One after the other, so that a conversation reads as it was held. */
async function talk(
  agents: Readonly<Record<Who, Agent>>,
  room: RoomId,
  lines: readonly (readonly [Who, string])[],
): Promise<void> {
  for (const [who, text] of lines) {
    must(await agents[who].api.sendText(room, { text }));
    await agents[who].sent();
  }
}

async function fillBoard(host: Agent, room: RoomId, agents: Readonly<Record<Who, Agent>>): Promise<void> {
  const stamp = nextStamp(0, host.userId);
  const columnOrders = orderKeys(board.columns.length);
  const columns = board.columns.map((title, index) => ({ id: newObjectId(), title, order: columnOrders[index] ?? '' }));
  for (const { id, title, order } of columns) {
    const column = columnKind.encode(done(createColumn({ title, order }, stamp)));
    must(await host.api.writeObject(room, columnKind.type, id, column));
  }
  const orders = orderKeys(board.cards.length);
  const labels = [...new Set(board.cards.flatMap((card) => card.labels))];
  for (const [index, card] of board.cards.entries()) {
    const due = 'due' in card ? dateIn(card.due) : null;
    const column = columns[card.column]?.id ?? '';
    let task = done(createTask({ title: card.title, column, order: orders[index] ?? '', due }, stamp));
    for (const label of card.labels) {
      const colour = LABEL_COLOURS[(labels.indexOf(label) % (LABEL_COLOURS.length - 1)) + 1] ?? 'grey';
      task = done(addLabel(task, label, colour, stamp));
    }
    for (const who of card.to) task = done(assign(task, agents[who].userId, stamp));
    must(await host.api.writeObject(room, taskKind.type, newObjectId(), taskKind.encode(task)));
  }
  await host.sent();
}

function done<T>(outcome: Commanded<T>): T {
  if (!outcome.ok) throw new Error(`the demo's content is wrong: ${outcome.error.code} ${outcome.error.field}`);
  return outcome.value;
}

function newObjectId(): ObjectId {
  const parsed = parseObjectId(Buffer.from(crypto.getRandomValues(new Uint8Array(16))).toString('base64url'));
  if (!parsed.ok) throw new Error('16 bytes make an object id');
  return parsed.value;
}

/** `YYYY-MM-DD`, so many days from today. */
function dateIn(days: number): string {
  return new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10);
}
