import type { EventId, ObjectId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { BesaceError, Outcome, Someone, Stop } from './common.ts';
import type { SendState } from './outbox.ts';

export type Media = {
  readonly url: string; // mxc://
  /** EncryptedFile of the Matrix spec (11.11.1.6), absent where the media is not encrypted. */
  readonly file: Record<string, unknown> | null;
  readonly name: string;
  readonly mimetype: string;
  /** Bytes. */
  readonly size: number;
  readonly width: number | null;
  readonly height: number | null;
  /** A thumbnail, itself encrypted. */
  readonly thumbnail: Media | null;
};

/** A voice message (MSC3245). */
export type Voice = {
  /** Milliseconds. */
  readonly duration: number;
  /** Loudness along it, each from 0 to 1,024; at most 128. */
  readonly waveform: readonly number[];
};

export type TimelineItem = {
  /** The event id, or the transaction id of a local echo. */
  readonly id: string;
  readonly eventId: EventId | null;
  readonly sender: UserId;
  readonly senderName: string;
  readonly outsider: boolean;
  /** Server time, ms, for display. */
  readonly at: number;
  /** More than five minutes ahead of this machine (T4). */
  readonly doubtfulDate: boolean;
  readonly mine: boolean;
  readonly sending: SendState | null;
  readonly body:
    | {
        readonly kind: 'text';
        readonly text: string;
        readonly html: string | null;
        readonly emote: boolean;
        readonly notice: boolean;
      }
    | {
        readonly kind: 'image' | 'file' | 'audio' | 'video';
        readonly media: Media;
        readonly caption: string | null;
        /** Of a sound that is somebody speaking. */
        readonly voice?: Voice;
      }
    | {
        readonly kind: 'location';
        /** Degrees, WGS 84. */
        readonly latitude: number;
        readonly longitude: number;
        /** Metres around it. */
        readonly accuracy: number | null;
        readonly label: string;
      }
    /** A poll, as it was started; its votes and its end are watched apart (`watchPoll`). */
    | {
        readonly kind: 'poll';
        readonly question: string;
        readonly answers: readonly string[];
        readonly disclosed: boolean;
      }
    /** Something that happened: names only, the client writes the sentence. */
    | {
        readonly kind: 'membership';
        readonly user: UserId;
        readonly name: string;
        readonly change: 'joined' | 'left' | 'invited' | 'removed' | 'banned' | 'renamed';
        readonly outsider: boolean;
      }
    /** A new device of theirs; with `identity`, another cryptographic identity than the one we knew (T9). */
    | { readonly kind: 'device'; readonly user: UserId; readonly name: string; readonly identity?: true }
    | { readonly kind: 'room'; readonly change: 'created' | 'name' | 'power' | 'encryption' | 'other' }
    | { readonly kind: 'object'; readonly type: string; readonly objectId: ObjectId }
    | { readonly kind: 'removed' }
    /** Cannot be read yet, or ever: why decides the sentence (T6). */
    | {
        readonly kind: 'locked';
        readonly why: 'waiting-for-key' | 'before-you-joined' | 'refused-sender' | 'not-encrypted' | 'unreadable';
      };
  readonly edited: boolean;
  /**
   * What nothing in the message proves (T1, T2). `sender`: its key came from the backup or an invitation, which say whose it is. `edit`, `reply`:
   * another client wrote beside the ciphertext which message it changes or answers, where a server could have.
   */
  readonly unproven: readonly ('sender' | 'edit' | 'reply')[];
  readonly replyTo: {
    readonly eventId: EventId;
    readonly senderName: string | null;
    readonly text: string | null;
  } | null;
  readonly reactions: readonly Reaction[];
  /** Those whose latest read receipt is on this item. */
  readonly readBy: readonly Someone[];
  /** It asks its readers for an acknowledgement (`AcksApi`); `urgent`: it calls until it has it. */
  readonly ask?: { readonly urgent: boolean };
  /** Whether it names me or the whole room (`m.mentions`). */
  readonly mentionsMe: boolean;
  /** The thread that began with this item, or null where nobody answered in one. */
  readonly thread: ThreadSummary | null;
  /** Of an item of a thread: what the thread began with. */
  readonly threadRoot: EventId | null;
};

export type Reaction = {
  readonly key: string;
  readonly count: number;
  readonly mine: boolean;
  readonly people: readonly Someone[];
  /** How many of them came in clear in an encrypted room, as other applications send them: a server could have made those. */
  readonly unproven: number;
};

export type ThreadSummary = {
  readonly root: EventId;
  /** Answers. What is read here, or, where the server counts more, what it says. */
  readonly count: number;
  /** The latest answer that was read here. */
  readonly latest: { readonly sender: Someone; readonly text: string; readonly at: number } | null;
  /** Answers that I have not read, of those that were read here. */
  readonly unread: number;
  readonly mentions: number;
};

/** What of a room is watched, where it is not its newest end. */
export type TimelineFocus =
  /** The place around an event. It becomes the newest end when one reads on until there. */
  | { readonly kind: 'event'; readonly eventId: EventId }
  /** A thread: what it began with, and its answers. */
  | { readonly kind: 'thread'; readonly root: EventId }
  /** What the threads of the room began with, those with something unread first. */
  | { readonly kind: 'threads' }
  /** What is pinned in the room, latest first. */
  | { readonly kind: 'pinned' };

/** What came while one was away: of the events that were read here. */
export type Missed = {
  readonly messages: number;
  readonly mentions: number;
  /** By whom, most first. */
  readonly people: readonly (Someone & { readonly count: number })[];
  /** Server times of the first and the last, ms, for display. */
  readonly from: number;
  readonly to: number;
  /** The first that names me. */
  readonly firstMention: string | null;
};

export type Timeline = {
  readonly items: readonly TimelineItem[];
  readonly canLoadOlder: boolean;
  readonly loadingOlder: boolean;
  /** False at the newest end, where what comes is shown by itself. */
  readonly canLoadNewer: boolean;
  readonly loadingNewer: boolean;
  /** The first item that was unread when the room was opened. */
  readonly unreadFrom: string | null;
  /** What I had read when the room was opened. */
  readonly readUpTo: EventId | null;
  /** False while that is further back than what is held: what is unread then begins before it. */
  readonly readKnown: boolean;
  readonly missed: Missed | null;
  /** Why the event or thread that was asked for cannot be shown. */
  readonly problem: BesaceError | null;
};

/** Whom a message calls (`m.mentions`): people, and the whole room, which takes the room's right to (Matrix spec, 11.37). */
export type Mentions = { readonly users: readonly UserId[]; readonly room: boolean };

export interface TimelineApi {
  /** The newest end of a room. */
  watchTimeline(roomId: RoomId, listener: (timeline: Timeline) => void): Promise<Stop>;
  /** Another place of it. */
  watchPlace(roomId: RoomId, focus: TimelineFocus, listener: (timeline: Timeline) => void): Promise<Stop>;
  /** Of what is watched: of the newest end when no focus is said. */
  loadOlder(roomId: RoomId, focus?: TimelineFocus): Outcome<void>;
  /** There is something to load where `canLoadNewer` is true: also at what was the newest end, once one has read far back. */
  loadNewer(roomId: RoomId, focus?: TimelineFocus): Outcome<void>;
  /** The first event at or after a time in ms, as the server says (MSC3030): `not-found` when there is none. */
  eventAt(roomId: RoomId, at: number): Outcome<EventId>;
  /** Accepted once it is on disk (T8); resolves with the transaction id. `html` is a subset that the reader sanitises again. */
  sendText(
    roomId: RoomId,
    input: {
      text: string;
      html?: string;
      mentions?: Mentions;
      /** Something that one does rather than says (`m.emote`). */
      emote?: boolean;
      /** Asks for an acknowledgement; `note` is the line at the end that tells people on other applications to react with ✅. */
      ask?: { urgent: boolean; note: string };
      replyTo?: EventId;
      /** Says it in the thread that began with this event. */
      threadRoot?: EventId;
      /** Chosen by the caller, unguessable: sending again under one id, in this life or the next, sends once. */
      txnId?: string;
      /** Not now but at this time, ms since the Unix epoch: see `LaterApi`. Resolves with its id there. */
      due?: number;
    },
  ): Outcome<string>;
  /** A place; `label` is what people call it. */
  sendLocation(
    roomId: RoomId,
    input: {
      latitude: number;
      longitude: number;
      accuracy?: number;
      label: string;
      threadRoot?: EventId;
      txnId?: string;
    },
  ): Outcome<string>;
  /** `mentions` are all of the new text: those that the message had before are not told again. */
  edit(roomId: RoomId, eventId: EventId, input: { text: string; html?: string; mentions?: Mentions }): Outcome<string>;
  /** Toggles my reaction. */
  react(roomId: RoomId, eventId: EventId, key: string): Outcome<void>;
  /** `reason` is shown to nobody by us, but the server keeps it in clear for those who moderate. */
  remove(roomId: RoomId, eventId: EventId, reason?: string): Outcome<void>;
  /** Tells the administrators of one's server about a message (`/report`). */
  report(roomId: RoomId, eventId: EventId, reason: string): Outcome<void>;
  /** Puts a message among the pinned ones, or takes it away: `forbidden` where one may not. */
  pin(roomId: RoomId, eventId: EventId, pinned: boolean): Outcome<void>;
  /** Says a message of a room that is watched again in another one, without what it answered; a file keeps its address and keys. */
  forward(from: RoomId, eventId: EventId, to: RoomId): Outcome<string>;
  /** Marks a room as unread, or not any more (`m.marked_unread`). */
  markUnread(roomId: RoomId, unread: boolean): Outcome<void>;
  /** Encrypts and uploads; at most 100 MiB. */
  sendFile(
    roomId: RoomId,
    file: Blob,
    input: {
      name: string;
      caption?: string;
      /** The caption as a subset of HTML, beside its plain text. */
      captionHtml?: string;
      mentions?: Mentions;
      /** As for `sendText`. */
      txnId?: string;
      threadRoot?: EventId;
      replyTo?: EventId;
      width?: number;
      height?: number;
      voice?: Voice;
      /** Made by the client, which has a canvas; left out when larger than 1 MiB. */
      thumbnail?: { blob: Blob; width: number; height: number };
    },
  ): Outcome<string>;
  /** Downloads and decrypts, refused when the hash is wrong. */
  download(media: Media): Outcome<Blob>;
  /** In a thread with `threadRoot` (MSC3771); otherwise what is outside of threads. */
  markRead(roomId: RoomId, eventId: EventId, threadRoot?: EventId): Outcome<void>;
  setTyping(roomId: RoomId, typing: boolean): Outcome<void>;
}
