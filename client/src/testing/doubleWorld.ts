import type {
  BesaceApi,
  BesaceError,
  Holes,
  Notice,
  NotifySettings,
  Poll,
  RoomDetails,
  RoomSummary,
  SearchPage,
  SessionStatus,
  StoredObject,
  Timeline,
  ToAcknowledge,
} from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { KeptWorld } from './keptDouble.ts';

/** A method that was called, with what it was given. */
type DoubleCall = { readonly method: string; readonly args: readonly unknown[] };

/** The world that the double answers from, and what it was asked. Changes show to those who watch after `tell()`. */
export type DoubleWorld = KeptWorld & {
  status: SessionStatus;
  rooms: RoomDetails[];
  /** Rooms that are not loaded in detail, for long lists. */
  moreRooms: RoomSummary[];
  timelines: Map<RoomId, Timeline>;
  /** The files that `download` gives, by their address. */
  files: Map<string, Blob>;
  /** By room: the objects of its tools. */
  objects: Map<RoomId, readonly StoredObject[]>;
  holes: Holes;
  /** By the event that started each. */
  polls: Map<EventId, Poll>;
  toAcknowledge: ToAcknowledge[];
  /** What every search finds. */
  found: SearchPage;
  notify: NotifySettings;
  /** Methods that are refused, and why. */
  refuse: Map<string, BesaceError>;
  calls: DoubleCall[];
};

export type ApiDouble = {
  readonly api: BesaceApi;
  readonly world: DoubleWorld;
  tell(): void;
  /** The server takes every object that waits. */
  deliverObjects(): void;
  /** Something is said that calls the person. */
  call(notice: Notice): void;
  /** Somebody else wrote these. */
  putObjects(roomId: RoomId, objects: readonly StoredObject[]): void;
};
