import type { RoomSummary } from '@besace/matrix/api/types';

/** Translates a key of this feature's strings. */
export type Say = (key: string, named?: Record<string, unknown>) => string;

/** What the marks of a line say to who does not see them (WSP-4, WSP-5): mentions, unread, outsiders, encryption. May be empty. */
export function marksOf(room: RoomSummary, t: Say): string {
  return [
    room.highlights > 0 ? t('workspaces.list.mentions', { count: room.highlights }) : '',
    room.unread > 0 ? t('workspaces.list.unread', { count: room.unread }) : '',
    opennessOf(room, t) ?? '',
    room.encrypted ? '' : t('workspaces.list.notEncrypted'),
  ]
    .filter((words) => words !== '')
    .join(', ');
}

export function nameOf(room: Pick<RoomSummary, 'name' | 'nameLocked'>, t: Say): string {
  return room.nameLocked ? t('workspaces.list.locked') : room.name;
}

/** Outsiders inside, or let in, in words; null where it is among agents. */
export function opennessOf(room: Pick<RoomSummary, 'outsiderCount' | 'openToOutsiders'>, t: Say): string | null {
  if (room.outsiderCount > 0) {
    return t('workspaces.list.outsiders');
  }
  return room.openToOutsiders ? t('workspaces.list.open') : null;
}
