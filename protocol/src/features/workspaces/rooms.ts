import { parseRoomId, parseServerName, type RoomId, type ServerName } from '../../core/ids.ts';
import { compareText, isRecord, own } from '../../core/json.ts';

/** What a room is, from the `type` of its `m.room.create`. */
export type RoomKind = 'chat' | 'board' | 'workspace' | 'other';

/** `type` of `m.room.create` by kind; a chat has none. */
export const CREATE_TYPE: { readonly [K in 'board' | 'workspace']: string } = {
  board: 'fr.besace.board',
  workspace: 'm.space',
};

/** A state event in clear: the tree of a workspace is what the server must read too (trust.md, measured fact 7). */
export type ClearState = { readonly type: string; readonly stateKey: string; readonly content: unknown };

/** A room of a workspace, and the servers through which it can be joined. */
export type Child = {
  readonly roomId: RoomId;
  readonly via: readonly ServerName[];
  /** As Matrix has it: 1 to 50 characters of printable ASCII; null sorts last. */
  readonly order: string | null;
  readonly suggested: boolean;
};

const MAX_VIA = 20;

/** Total: content that does not parse is an unknown kind of room, not a chat. */
export function roomKindOf(createContent: unknown): RoomKind {
  if (!isRecord(createContent)) return 'other';
  const type = own(createContent, 'type');
  if (type === undefined) return 'chat';
  if (type === CREATE_TYPE.board) return 'board';
  return type === CREATE_TYPE.workspace ? 'workspace' : 'other';
}

/** The children of a workspace in order (Matrix spec, 11.33.1), ties by room id instead of the server's clock (T4). */
export function childrenOf(state: Iterable<ClearState>): readonly Child[] {
  const children = new Map<RoomId, Child>();
  for (const event of state) {
    if (event.type !== 'm.space.child') continue;
    const child = parseChild(event);
    if (child !== null) children.set(child.roomId, child);
  }
  return [...children.values()].sort(compareChildren);
}

/** The workspaces that a room says it belongs to. A claim: it counts where the workspace lists the room too. */
export function parentsOf(state: Iterable<ClearState>): readonly RoomId[] {
  const parents = new Set<RoomId>();
  for (const { type, stateKey, content } of state) {
    const roomId = parseRoomId(stateKey);
    if (type === 'm.space.parent' && roomId.ok && viaOf(content).length > 0) parents.add(roomId.value);
  }
  return [...parents].sort();
}

/** What the workspace lists, of the rooms that are known here, in its order; `missing` are those that one has not joined. */
export function roomsOfWorkspace<T extends { readonly roomId: RoomId }>(
  children: readonly Child[],
  known: Iterable<T>,
): { readonly rooms: readonly T[]; readonly missing: readonly Child[] } {
  const byId = new Map<RoomId, T>();
  for (const room of known) byId.set(room.roomId, room);
  const rooms: T[] = [];
  const missing: Child[] = [];
  for (const child of children) {
    const room = byId.get(child.roomId);
    if (room === undefined) missing.push(child);
    else rooms.push(room);
  }
  return { rooms, missing };
}

/** Content of `m.space.child` (state key: the room's id), to send in clear. */
export function childContent(via: readonly ServerName[], order: string | null = null): Record<string, unknown> {
  return order === null ? { via } : { via, order };
}

/** Content of `m.space.parent` (state key: the workspace's id), to send in clear. */
export function parentContent(via: readonly ServerName[]): Record<string, unknown> {
  return { via, canonical: true };
}

/** An empty `via` is how Matrix takes a child away. */
function parseChild({ stateKey, content }: ClearState): Child | null {
  const roomId = parseRoomId(stateKey);
  const via = viaOf(content);
  if (!roomId.ok || via.length === 0 || !isRecord(content)) return null;
  const order = own(content, 'order');
  const good = typeof order === 'string' && /^[\x20-\x7e]{1,50}$/.test(order);
  return { roomId: roomId.value, via, order: good ? order : null, suggested: own(content, 'suggested') === true };
}

function viaOf(content: unknown): readonly ServerName[] {
  const via = isRecord(content) ? own(content, 'via') : undefined;
  if (!Array.isArray(via)) return [];
  return via.slice(0, MAX_VIA).flatMap((name) => {
    const server = parseServerName(name);
    return server.ok ? [server.value] : [];
  });
}

function compareChildren(a: Child, b: Child): number {
  if (a.order !== null && b.order !== null) return compareText(a.order, b.order) || compareText(a.roomId, b.roomId);
  if (a.order !== null || b.order !== null) return a.order === null ? 1 : -1;
  return compareText(a.roomId, b.roomId);
}
