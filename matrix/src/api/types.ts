import type { DeviceId, EventId, ObjectId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';

/**
 * What `matrix/` offers to the client and to bots. In the browser it runs in a worker behind Comlink, so everything here
 * can be structured-cloned, every method is asynchronous, and expected failures are values.
 */
export interface BesaceApi extends AccountApi, RoomsApi, TimelineApi, ObjectsApi, OutboxApi, DevicesApi, SearchApi {}

/** Ends a subscription. Idempotent. */
export type Stop = () => void;

/** An expected failure. `code` picks the sentence that the person reads (`errors.<code>` in the client's strings). */
export type BesaceError = {
  readonly code:
    | 'offline' // no answer from the server; kept and tried again by itself where something was accepted
    | 'wrong-password'
    | 'weak-password'
    | 'limited' // 429; see retryAfterMs
    | 'server-failed' // 5xx
    | 'server-nonsense' // an answer that does not parse
    | 'signed-out' // the token is no longer valid
    | 'forbidden'
    | 'not-found'
    | 'unknown-person'
    | 'outsider-refused' // the room is not open to outsiders
    | 'wrong-recovery-code'
    | 'storage-lost' // IndexedDB was wiped or is not available
    | 'busy-elsewhere' // another tab owns the session
    | 'too-large'
    | 'invalid' // an argument from the person; detail names the field
    | 'cancelled'
    | 'update-needed' // written by a newer version of Besace
    | 'unexpected'; // logged once under `id`
  readonly retryAfterMs?: number;
  readonly detail?: string;
  readonly id?: string;
};
export type Outcome<T> = Promise<Result<T, BesaceError>>;

// --- account, recovery -----------------------------------------------------------------------------------------------

export type Account = {
  readonly userId: UserId;
  readonly deviceId: DeviceId;
  /** Base URL of the client API, such as `http://localhost:8080/hs/interieur`. */
  readonly homeserver: string;
  readonly displayName: string;
};

/** Where the cryptographic identity of this account stands, as one state machine. */
export type IdentityState =
  | { readonly kind: 'unknown' } // not loaded yet
  | { readonly kind: 'needs-setup' } // no cross-signing keys on the server: `setUpRecovery`
  | { readonly kind: 'confirm-code' } // set up, but the person has not yet confirmed that she keeps the code
  | { readonly kind: 'unverified' } // this device is not signed: verify by emoji or recovery code
  | { readonly kind: 'ready' };

export type ConnectionState =
  | { readonly kind: 'starting' }
  | { readonly kind: 'online' }
  | { readonly kind: 'offline'; readonly since: number; readonly error: BesaceError };

export type SessionStatus = {
  readonly account: Account | null;
  readonly identity: IdentityState;
  readonly connection: ConnectionState;
  /** Decryptable-by-right events that are still locked 4 s after they came (T6). */
  readonly lockedEvents: number;
};

export interface AccountApi {
  watchStatus(listener: (status: SessionStatus) => void): Promise<Stop>;
  /** Opens the stored session, if there is one: `null` when there is none. Does not wait for the network. */
  restore(): Outcome<Account | null>;
  signIn(input: { homeserver: string; user: string; password: string; deviceName: string }): Outcome<Account>;
  /** Signs this device out and deletes its local data. Waiting messages are refused first unless `force`. */
  signOut(options: { force: boolean }): Outcome<void>;
  /** Signs out every device of the account (`POST /logout/all`). */
  signOutEverywhere(options: { force: boolean }): Outcome<void>;
  /**
   * Creates cross-signing keys, secret storage and key backup. Gives the one recovery code; identity becomes `confirm-code`.
   * Asks for the password because the server does (UIA).
   */
  setUpRecovery(input: { password: string }): Outcome<{ code: string }>;
  /** The person types (a part of) the code back; `wrong-recovery-code` otherwise. Identity becomes `ready`. */
  confirmRecoveryCode(code: string): Outcome<void>;
  /** On a new device: unlocks secret storage, signs this device, restores the key backup in the background. */
  recover(code: string): Outcome<void>;
  setDisplayName(name: string): Outcome<void>;
  /** An OpenID token of the homeserver, by which appservices know who asks (Matrix spec, 11.32). */
  openIdToken(): Outcome<{ access_token: string; matrix_server_name: string; expires_in: number; token_type: string }>;
}

// --- devices, verification -------------------------------------------------------------------------------------------

export type Device = {
  readonly deviceId: DeviceId;
  readonly name: string;
  readonly verified: boolean;
  readonly current: boolean;
  readonly lastSeen: number | null;
};

export type VerificationState =
  | { readonly kind: 'none' }
  | { readonly kind: 'requested'; readonly byMe: boolean; readonly otherDevice: DeviceId | null; readonly user: UserId }
  | { readonly kind: 'waiting' } // for the other side
  | { readonly kind: 'compare'; readonly emoji: readonly { symbol: string; name: string }[] } // 7 SAS emoji (MSC1267), English names
  | { readonly kind: 'done' }
  | { readonly kind: 'cancelled'; readonly byMe: boolean; readonly reason: string };

export interface DevicesApi {
  devices(): Outcome<readonly Device[]>;
  watchVerification(listener: (state: VerificationState) => void): Promise<Stop>;
  /** Asks one's own other devices to verify this one. */
  requestVerification(): Outcome<void>;
  acceptVerification(): Outcome<void>;
  confirmEmoji(same: boolean): Outcome<void>;
  cancelVerification(): Outcome<void>;
}

// --- rooms -----------------------------------------------------------------------------------------------------------

/** `chat` has no `m.room.create` type; others are `fr.besace.board`, ...; a workspace is `m.space`. */
export type RoomKind = 'chat' | 'board' | 'workspace' | 'other';
export type Membership = 'join' | 'invite' | 'knock' | 'leave' | 'ban';

export type RoomSummary = {
  readonly roomId: RoomId;
  readonly kind: RoomKind;
  readonly membership: Membership;
  /** Decrypted `m.room.name`, else made of the members' names. */
  readonly name: string;
  /** True while the name is encrypted and its key has not come: the name is then a stand-in. */
  readonly nameLocked: boolean;
  readonly direct: boolean;
  /** The other person of a direct conversation of two, else null: so that it is opened again, and not made twice. */
  readonly directWith: UserId | null;
  readonly encrypted: boolean;
  /** Workspaces (spaces) that list this room as a child and that it can be reached through. */
  readonly parents: readonly RoomId[];
  readonly joinedCount: number;
  readonly outsiderCount: number;
  readonly openToOutsiders: boolean;
  readonly unread: number;
  readonly highlights: number;
  /** Server time of the latest event, ms: for display and order of the list only (T4). */
  readonly lastActivity: number;
  /** One line of clear text, from verified content only, or null. */
  readonly preview: { readonly sender: string; readonly text: string } | null;
  /** For an invitation: who invites. */
  readonly inviter: { readonly userId: UserId; readonly name: string } | null;
};

/** Rooms by latest activity first. `total` is what the account holds, so that a list can be virtual. */
export type RoomList = { readonly rooms: readonly RoomSummary[]; readonly total: number; readonly complete: boolean };

export type Member = {
  readonly userId: UserId;
  readonly name: string;
  readonly membership: Membership;
  readonly power: number;
  readonly outsider: boolean;
};

export type RoomDetails = RoomSummary & {
  readonly topic: string;
  readonly members: readonly Member[];
  readonly myPower: number;
  /** Whether whoever is invited will read what was written before: history visibility `shared` or `world_readable` (T10). */
  readonly historyShared: boolean;
  /** Clear power levels content needed by view models to know what the person may do. */
  readonly powerLevels: Record<string, unknown>;
  /** The room's create event: sender and content, for creators (room version 12). */
  readonly creators: readonly UserId[];
  /** Children of a workspace, in order. */
  readonly children: readonly RoomId[];
  /** Users typing now, without me. */
  readonly typing: readonly Someone[];
};

export interface RoomsApi {
  /** The whole list, kept current, at most one call per 50 ms. Starts with the local copy. */
  watchRooms(listener: (list: RoomList) => void): Promise<Stop>;
  watchRoom(roomId: RoomId, listener: (room: RoomDetails) => void): Promise<Stop>;
  /** An encrypted conversation (room version 12, encrypted state). */
  createConversation(input: { name: string | null; invite: readonly UserId[]; direct: boolean }): Outcome<RoomId>;
  createWorkspace(input: { name: string }): Outcome<RoomId>;
  /** A tool room inside a workspace: created, linked both ways, its workspace members of my server and others invited when asked. */
  createRoomIn(input: {
    workspace: RoomId;
    name: string;
    kind: 'chat' | 'board';
    openToOutsiders: boolean;
    inviteMembers: boolean;
  }): Outcome<RoomId>;
  /** Shares the history keys (MSC4268), then invites. `outsider-refused` where the room is not open to them. */
  invite(roomId: RoomId, user: UserId): Outcome<void>;
  /** For a workspace, with `withRooms`, joins also those of its rooms that I am invited to. */
  join(roomId: RoomId, options?: { withRooms?: boolean }): Outcome<void>;
  leave(roomId: RoomId): Outcome<void>;
  rename(roomId: RoomId, name: string): Outcome<void>;
  /** What the room is about; empty for nothing. At most 1,000 characters. */
  setTopic(roomId: RoomId, topic: string): Outcome<void>;
  setPower(roomId: RoomId, user: UserId, power: number): Outcome<void>;
}

// --- timeline --------------------------------------------------------------------------------------------------------

/** A person, with the name that the room shows. */
export type Someone = { readonly userId: UserId; readonly name: string };

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
    | { readonly kind: 'image' | 'file' | 'audio' | 'video'; readonly media: Media; readonly caption: string | null }
    /** Something that happened: names only, the client writes the sentence. */
    | {
        readonly kind: 'membership';
        readonly user: UserId;
        readonly name: string;
        readonly change: 'joined' | 'left' | 'invited' | 'removed' | 'banned' | 'renamed';
        readonly outsider: boolean;
      }
    | { readonly kind: 'device'; readonly user: UserId; readonly name: string } // a new device (T9)
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

export type SendState =
  | { readonly kind: 'waiting' }
  | { readonly kind: 'sending'; readonly progress: number | null }
  | { readonly kind: 'refused'; readonly error: BesaceError };

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
      replyTo?: EventId;
      /** Says it in the thread that began with this event. */
      threadRoot?: EventId;
      /** Chosen by the caller, unguessable: sending again under one id, in this life or the next, sends once. */
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

// --- objects ---------------------------------------------------------------------------------------------------------

export type StoredObject = {
  readonly type: string;
  readonly objectId: ObjectId;
  /** The merged object as the kind's `encode` gives it; parse it with the kind. */
  readonly content: Record<string, unknown>;
  /** Sender of the newest accepted version, and its server time, ms. */
  readonly lastSender: UserId;
  readonly lastAt: number;
  readonly sending: SendState | null;
  /** Written by a newer version of Besace: shown, never overwritten. */
  readonly updateNeeded: boolean;
};

/** `reset` replaces all that was known; otherwise objects are added or replaced. */
export type ObjectsChange = {
  readonly reset: boolean;
  readonly objects: readonly StoredObject[];
  readonly holes: Holes;
  /** True once every current state event was tried. */
  readonly complete: boolean;
  /** The next call goes on with what this one began to tell: nothing is missing only because it is not here. */
  readonly more?: true;
};

/** What could not be shown, by reason (T6). */
export type Holes = {
  readonly locked: number;
  readonly invalid: number;
  readonly forbidden: number;
  /** Versions older than what was already shown, refused (T5). */
  readonly rollbacks: number;
};

export interface ObjectsApi {
  /** Starts with the local copy, in batches of at most 250 objects a call, then what the server has. */
  watchObjects(roomId: RoomId, listener: (change: ObjectsChange) => void): Promise<Stop>;
  /**
   * Writes a new version: merged with the current one, on disk before it resolves, sent in order. `content` is what the kind's
   * `encode` gives. Refused at once when the person lacks the right.
   */
  writeObject(roomId: RoomId, type: string, objectId: ObjectId, content: Record<string, unknown>): Outcome<void>;
}

// --- outbox ----------------------------------------------------------------------------------------------------------

export type OutboxItem = {
  readonly id: string;
  readonly roomId: RoomId;
  readonly what: 'message' | 'edit' | 'reaction' | 'removal' | 'file' | 'object' | 'state';
  /** Of an object: which one, so that it is tried again or thrown away by itself. */
  readonly object: { readonly type: string; readonly objectId: ObjectId } | null;
  readonly since: number;
  readonly state: SendState;
};

export interface OutboxApi {
  watchOutbox(listener: (items: readonly OutboxItem[]) => void): Promise<Stop>;
  retry(id: string): Outcome<void>;
  discard(id: string): Outcome<void>;
  /**
   * Takes back a message, file or edit by its transaction id: `withdrawn` when it never left, `removing` when it may have, and its removal
   * follows by itself. `not-found` for what was sent too long ago to know.
   */
  undo(id: string): Outcome<'withdrawn' | 'removing'>;
}

// --- search ----------------------------------------------------------------------------------------------------------

export type SearchFilters = {
  readonly sender?: UserId;
  readonly roomId?: RoomId;
  /** Server time, ms: from this moment on. */
  readonly from?: number;
  /** Before this moment. */
  readonly before?: number;
  /** Files, images, sound and video only. */
  readonly hasFile?: boolean;
};

export type SearchInput = {
  /** Each of its words must begin a word of the message; accents and case do not count. May be empty with a person or files. */
  readonly query: string;
  readonly filters?: SearchFilters;
  /** Hits a page: 20 when not said, 50 at most. */
  readonly limit?: number;
  /** `next` of the page before. */
  readonly cursor?: string | null;
};

export type SearchLine = { readonly senderName: string; readonly text: string };

export type SearchHit = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: UserId;
  readonly senderName: string;
  readonly outsider: boolean;
  /** Server time, ms, for display. */
  readonly at: number;
  readonly kind: 'text' | 'image' | 'file' | 'audio' | 'video';
  /** The part of the text around what was found; for a file its name, then its caption. Not to be trusted: it is shown as text. */
  readonly text: string;
  /** What was found in `text`, UTF-16 units from and to. */
  readonly ranges: readonly (readonly [start: number, end: number])[];
  /** Whether the text goes on before and after. */
  readonly cut: { readonly start: boolean; readonly end: boolean };
  /** What was said just before and after in the room, as far as it was read. */
  readonly before: SearchLine | null;
  readonly after: SearchLine | null;
};

/** Newest first. */
export type SearchPage = {
  readonly hits: readonly SearchHit[];
  /** How many there are in all. */
  readonly total: number;
  /** A word was so common that it was not looked for everywhere. */
  readonly partial: boolean;
  readonly next: string | null;
};

/** How far everything that the person can read was read for the search. */
export type SearchProgress =
  | { readonly kind: 'opening'; readonly messages: number }
  /** Everything after `until` (server time, ms) can be found, and a part of what is before; `waiting` while there is no connection. */
  | {
      readonly kind: 'reading' | 'waiting';
      readonly messages: number;
      /** Rooms that are not read to their beginning. */
      readonly rooms: number;
      readonly until: number;
    }
  | { readonly kind: 'complete'; readonly messages: number };

/** Search on this device, in what was decrypted: the server learns nothing of a question. */
export interface SearchApi {
  search(input: SearchInput): Outcome<SearchPage>;
  /** People who wrote something that can be found, by the beginnings of their names. At most 20. */
  searchPeople(text: string): Outcome<readonly { userId: UserId; name: string; outsider: boolean }[]>;
  watchSearchProgress(listener: (progress: SearchProgress) => void): Promise<Stop>;
}
