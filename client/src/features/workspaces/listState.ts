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

/**
 * An invitation in words (WSP-6): who invites, and to what kind of place. A name is encrypted until one is in: a place that is called
 * like the person who invites has none yet, and is called by its kind.
 */
export function invitationOf(room: RoomSummary, t: Say) {
  const { inviter } = room;
  const kind = room.kind === 'workspace' || room.kind === 'board' ? room.kind : room.direct ? 'direct' : 'room';
  const named = !room.nameLocked && (kind === 'direct' || room.name !== inviter?.name);
  const invites = inviter
    ? t('workspaces.invitation.by', { name: inviter.name })
    : t('workspaces.invitation.byUnknown');
  const by = t(`workspaces.invitation.short.${kind}`, { by: invites });
  return {
    name: named ? room.name : t(`workspaces.invitation.unnamed.${kind === 'direct' ? 'room' : kind}`),
    by,
    whole: named ? t(`workspaces.invitation.whole.${kind}`, { by: invites, name: room.name }) : by,
    /** Whose colour its avatar has: in a conversation of two, the person's. */
    avatar: kind === 'direct' ? (room.directWith ?? inviter?.userId ?? room.roomId) : room.roomId,
  };
}
