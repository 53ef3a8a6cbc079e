import type { RoomSummary } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';

/** Where the list stands: at home, or in one workspace. The same shape as the shell's `Place`. */
export type ListPlace = { readonly kind: 'home' } | { readonly kind: 'workspace'; readonly roomId: RoomId };

export type SectionId = 'invitations' | 'requests' | 'conversations' | 'chats' | 'boards' | 'others';

export type Section = {
  readonly id: SectionId;
  readonly rooms: readonly RoomSummary[];
  /** What is unread in all of it, so that a folded section still tells. */
  readonly unread: number;
  readonly highlights: number;
};

/** A line of the list: the head of a section, or a room. */
export type Line =
  | { readonly kind: 'head'; readonly key: string; readonly section: Section; readonly folded: boolean }
  | { readonly kind: 'room'; readonly key: string; readonly section: SectionId; readonly room: RoomSummary };

const order: readonly SectionId[] = ['invitations', 'requests', 'conversations', 'chats', 'boards', 'others'];

/**
 * The sections of a place, those with nothing left out (WSP-1). `held` counts as unread for its place in the list: the room that is
 * open, if it was unread when it was opened (WSP-2).
 */
export function sectionsOf(rooms: readonly RoomSummary[], place: ListPlace, held: RoomId | null): readonly Section[] {
  const joined = new Set(rooms.filter((room) => isJoinedWorkspace(room)).map((room) => room.roomId));
  const bySection = new Map<SectionId, RoomSummary[]>();
  for (const room of rooms) {
    const id = sectionOf(room, place, joined);
    if (id !== null) {
      bySection.set(id, [...(bySection.get(id) ?? []), room]);
    }
  }
  return order.flatMap((id) => {
    const inside = bySection.get(id);
    return inside === undefined ? [] : [makeSection(id, inside, held)];
  });
}

/** Whether what stands there waits for an answer. */
export function isAsked(section: SectionId): boolean {
  return section === 'invitations' || section === 'requests';
}

/** Sections as the lines of one list, without what is folded. */
export function linesOf(sections: readonly Section[], folded: ReadonlySet<string>): readonly Line[] {
  return sections.flatMap((section): Line[] => {
    const isFolded = folded.has(section.id);
    const head: Line = { kind: 'head', key: `head ${section.id}`, section, folded: isFolded };
    const rooms = isFolded ? [] : section.rooms;
    return [head, ...rooms.map((room): Line => ({ kind: 'room', key: room.roomId, section: section.id, room }))];
  });
}

/** Unread before read, mentions before other unread, then latest activity (WSP-1). */
export function byAttention(held: RoomId | null): (a: RoomSummary, b: RoomSummary) => number {
  const rank = (room: RoomSummary) => (room.roomId === held || room.unread > 0 || room.highlights > 0 ? 0 : 1);
  return (a, b) => rank(a) - rank(b) || b.lastActivity - a.lastActivity || compare(a.roomId, b.roomId);
}

function sectionOf(room: RoomSummary, place: ListPlace, workspaces: ReadonlySet<RoomId>): SectionId | null {
  if (room.membership === 'invite') {
    // What a stranger asks stands apart, and never inside a workspace.
    if (room.fromStranger) return place.kind === 'home' ? 'requests' : null;
    return place.kind === 'home' || room.parents.includes(place.roomId) ? 'invitations' : null;
  }
  if (room.membership !== 'join' || room.kind === 'workspace') {
    return null;
  }
  if (place.kind === 'home') {
    return room.parents.some((parent) => workspaces.has(parent)) ? null : 'conversations';
  }
  if (!room.parents.includes(place.roomId)) {
    return null;
  }
  return room.kind === 'chat' ? 'chats' : room.kind === 'board' ? 'boards' : 'others';
}

function makeSection(id: SectionId, rooms: readonly RoomSummary[], held: RoomId | null): Section {
  return {
    id,
    rooms: rooms.toSorted(byAttention(held)),
    unread: rooms.reduce((sum, room) => sum + room.unread, 0),
    highlights: rooms.reduce((sum, room) => sum + room.highlights, 0),
  };
}

function isJoinedWorkspace(room: RoomSummary): boolean {
  return room.kind === 'workspace' && room.membership === 'join';
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}
