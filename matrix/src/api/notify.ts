import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Stop } from './common.ts';

/** What of a room calls the person: every message, what names her or has one of her key words, or nothing. */
export type RoomLevel = 'all' | 'mentions' | 'none';

/** The person's push rules, in words (Matrix spec, 13.13): her server keeps them, and her other applications follow them too. */
export type NotifySettings = {
  /** Of a room of several people about which she said nothing. */
  readonly usual: RoomLevel;
  /** Rooms about which she said something else. */
  readonly rooms: readonly { readonly roomId: RoomId; readonly level: RoomLevel }[];
  readonly keywords: readonly string[];
};

/** A message that has just come and that calls the person, by her rules. */
export type Notice = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly threadRoot: EventId | null;
  readonly sender: UserId;
  readonly senderName: string;
  readonly outsider: boolean;
  readonly roomName: string;
  /** Between the two of them: the room has no other name than the person's. */
  readonly direct: boolean;
  /** One line of what was said, from verified content only. Not to be trusted: it is shown as text. */
  readonly text: string;
  /** It names her, or has one of her key words. */
  readonly highlight: boolean;
  /** Server time, ms, for display. */
  readonly at: number;
};

/** A browser's push subscription (W3C Push API), and the gateway that her server tells of new events. */
export type PushTarget = {
  /** Where her server sends to: ends in `/_matrix/push/v1/notify`. */
  readonly gateway: string;
  readonly appId: string;
  readonly endpoint: string;
  /** The keys of the subscription, base64url. */
  readonly p256dh: string;
  readonly auth: string;
  readonly deviceName: string;
  readonly lang: 'fr' | 'en';
};

export interface NotifyApi {
  watchNotifySettings(listener: (settings: NotifySettings) => void): Promise<Stop>;
  setRoomLevel(roomId: RoomId, level: RoomLevel): Outcome<void>;
  /** At most 50 of at most 100 characters: `invalid` otherwise. The server keeps them in clear. */
  setKeywords(keywords: readonly string[]): Outcome<void>;
  /** Messages as they come, never what came before; each once. */
  watchNotices(listener: (notice: Notice) => void): Promise<Stop>;
  /** Has the server tell a gateway of new events, by their ids only. */
  addPush(target: PushTarget): Outcome<void>;
  removePush(target: Pick<PushTarget, 'appId' | 'p256dh'>): Outcome<void>;
}
