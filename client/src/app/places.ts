import { parseRoomId, type RoomId } from '@besace/protocol/core/ids';
import type { RouteLocationNormalizedLoaded } from 'vue-router';

/*
 * Addresses. Every place and object has one; ids are encoded by hand here, so that nobody builds an address by pasting.
 */

/** A room; without a view, the first view of its kind. `/salon/<room id>/<view>` */
export function roomPath(roomId: RoomId, view?: string): string {
  return `/salon/${encodeURIComponent(roomId)}${view ? `/${view}` : ''}`;
}

/** Something beside a room's view: `/salon/<room id>/<view>/<side>/<id>`. */
export function sidePath(roomId: RoomId, view: string, side: string, sideId = ''): string {
  return `${roomPath(roomId, view)}/${side}${sideId ? `/${encodeURIComponent(sideId)}` : ''}`;
}

/** A workspace: its list, and its front page. */
export function workspacePath(roomId: RoomId): string {
  return `/espace/${encodeURIComponent(roomId)}`;
}

export const todayPath = '/aujourdhui';
export const conversationsPath = '/conversations';
export const workspacesPath = '/espaces';
/** People whom one does not hear. */
export const ignoredPath = '/personnes-ignorees';
/** Messages that I keep. */
export const savedPath = '/enregistres';
/** Messages that wait for their time. */
export const scheduledPath = '/envois-programmes';
export const settingsPath = '/reglages';
export const signInPath = '/connexion';
/** The reason, in the query of the sign-in page, for being there: the server ended the session of this device. */
export const signedOutReason = 'deconnecte';
export const signUpPath = '/inscription';
/** Making and confirming the recovery code. */
export const recoveryPath = '/code-de-recuperation';
/** Verifying this device. */
export const verifyPath = '/verifier-cet-appareil';
/** New keys and a new recovery code in the place of those that are lost. */
export const resetPath = '/tout-reconfigurer';

/** A message in its conversation. */
export function messagePath(roomId: RoomId, eventId: string): string {
  return `${roomPath(roomId, 'discussion')}?message=${encodeURIComponent(eventId)}`;
}

/** The room or workspace of an address, or null where there is none or it does not parse. */
export function roomIdOf(route: RouteLocationNormalizedLoaded): RoomId | null {
  const parsed = parseRoomId(route.params.roomId);
  return parsed.ok ? parsed.value : null;
}
