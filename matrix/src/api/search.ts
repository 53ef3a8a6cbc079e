import type { EventId, RoomId, UserId } from '@besace/protocol/core/ids';
import type { Outcome, Stop } from './common.ts';

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
