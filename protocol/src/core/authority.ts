import { parseUserId, type ServerName, serverOf, type UserId } from './ids.ts';
import { isRecord, own } from './json.ts';
import { lamportCeiling, MAX_EPOCH } from './registers.ts';

/**
 * Who may do what in a room, derived from its clear `m.room.create` and `m.room.power_levels` (Matrix spec, room version 12:
 * creators stand above every level).
 */
export interface Authority {
  /** The user's power now; `Number.POSITIVE_INFINITY` for a creator (room version 12). An outsider has what the room says of her by name, else 0. */
  powerOf(user: UserId): number;
  /**
   * The highest power that the known chain of `m.room.power_levels` ever gave the user. Reading is judged by the past, so that what a
   * colleague wrote before she lost the right stays (the set only grows, hence T4); writing is judged by `powerOf`.
   */
  everHeld(user: UserId): number;
  /** The level needed to send a state event of this inner type: `events[type]`, else `state_default`, then at least `atLeast`. */
  stateLevel(type: string, atLeast?: number): number;
  /** Whether one of the known power levels ever allowed the user an object of this type: see `everHeld`. */
  everAllowed(user: UserId, type: string, atLeast?: number): boolean;
  /** The level needed to send a message event of this type: `events[type]`, else `events_default`. */
  eventLevel(type: string): number;
  /** The level of `invite`, `kick`, `ban` or `redact`. */
  actionLevel(action: 'invite' | 'kick' | 'ban' | 'redact'): number;
  /** Whether the user belongs to the servers of outside partners. */
  isOutsider(user: UserId): boolean;
  /** The highest counter accepted in a stamp: see `registers.ts`. */
  lamportCeiling(): number;
}

export type AuthorityInput = {
  /** `m.room.create`; null while it is not known: then nobody stands above the levels. */
  readonly create: { readonly sender: string; readonly content: unknown } | null;
  /** Content of the current `m.room.power_levels`; null when not known: then only creators may do anything. */
  readonly powerLevels: unknown;
  /** Contents of earlier `m.room.power_levels` of the room, in any order, as far as they are known. */
  readonly earlier?: readonly unknown[];
  /** The servers of outside partners, from the configuration of the installation. */
  readonly outsiders: Iterable<ServerName>;
};

/** The key of `m.room.power_levels` that holds the epoch of the room's counters. */
export const EPOCH_KEY = 'fr.besace.epoch';
/** What a level that is there but is no integer counts as: shut. */
const UNREADABLE_LEVEL = 100;
/** The wire type of every encrypted state event: the one level that the server enforces. */
const WIRE_TYPE = 'm.room.encrypted';
/** Room versions in which creators stand above every level (MSC4289). */
const CREATOR_VERSIONS: ReadonlySet<unknown> = new Set(['12', 'org.matrix.hydra.11']);

/** Total: whatever a server sends as create or power levels gives an authority; what cannot be read gives nobody anything. */
export function authorityFrom(input: AuthorityInput): Authority {
  const outsiders: ReadonlySet<string> = new Set([...input.outsiders].map(hostOf));
  const isOutsider = (user: UserId): boolean => outsiders.has(hostOf(serverOf(user)));
  const creators = creatorsOf(input.create);
  const now = levelsOf(input.powerLevels);
  const all = [now, ...(input.earlier ?? []).map(levelsOf)];
  const ceiling = lamportCeiling(Math.max(...all.map(({ epoch }) => epoch)));

  function powerIn(levels: Levels, user: UserId): number {
    if (isOutsider(user)) return levels.users.get(user) ?? Math.min(0, levels.usersDefault);
    return creators.has(user) ? Number.POSITIVE_INFINITY : (levels.users.get(user) ?? levels.usersDefault);
  }
  const allowed = remember((user, type, atLeast) =>
    all.some((levels) => powerIn(levels, user) >= objectLevelIn(levels, type, atLeast)),
  );
  return {
    powerOf: (user) => powerIn(now, user),
    everHeld: (user) => Math.max(...all.map((levels) => powerIn(levels, user))),
    stateLevel: (type, atLeast = Number.NEGATIVE_INFINITY) => stateLevelIn(now, type, atLeast),
    everAllowed: (user, type, atLeast = Number.NEGATIVE_INFINITY) => allowed(user, type, atLeast),
    eventLevel: (type) => now.events.get(type) ?? now.eventsDefault,
    actionLevel: (action) => now[action],
    isOutsider,
    lamportCeiling: () => ceiling,
  };
}

/**
 * The level needed to write an object of this type now: that of the inner type, and never less than what the server asks for the wire type. A
 * type that the room does not list takes at least `atLeast`, the level of its kind.
 */
export function objectLevel(authority: Authority, type: string, atLeast: number): number {
  return Math.max(authority.stateLevel(type, atLeast), authority.stateLevel(WIRE_TYPE));
}

/** The creators of a room: the sender of `m.room.create` and, from room version 12 on, the additional ones. Empty for older versions. */
export function creatorsOf(create: AuthorityInput['create']): ReadonlySet<UserId> {
  const creators = new Set<UserId>();
  if (create === null || !isRecord(create.content)) return creators;
  if (!CREATOR_VERSIONS.has(own(create.content, 'room_version'))) return creators;
  const additional = own(create.content, 'additional_creators');
  for (const user of [create.sender, ...(Array.isArray(additional) ? additional.slice(0, 1000) : [])]) {
    const parsed = parseUserId(user);
    if (parsed.ok) creators.add(parsed.value);
  }
  return creators;
}

/** Neither another case nor a port makes another organisation of a server. */
function hostOf(server: ServerName): string {
  return server.toLowerCase().replace(/:\d+$/, '');
}

type Levels = {
  readonly users: ReadonlyMap<string, number>;
  readonly usersDefault: number;
  readonly events: ReadonlyMap<string, number>;
  readonly eventsDefault: number;
  readonly stateDefault: number;
  readonly invite: number;
  readonly kick: number;
  readonly ban: number;
  readonly redact: number;
  readonly epoch: number;
};

/** Defaults of the Matrix spec (m.room.power_levels), save that unknown power levels shut the room rather than open it. */
function levelsOf(content: unknown): Levels {
  const known = isRecord(content) ? content : null;
  const level = (key: string, otherwise: number): number => {
    const value = known === null ? undefined : own(known, key);
    return value === undefined ? otherwise : (integer(value) ?? Math.max(otherwise, UNREADABLE_LEVEL));
  };
  const usersDefault = known === null ? 0 : (integer(own(known, 'users_default')) ?? 0);
  const epoch = known === null ? 0 : (integer(own(known, EPOCH_KEY)) ?? 0);
  return {
    users: integers(known === null ? undefined : own(known, 'users'), null),
    usersDefault,
    events: integers(known === null ? undefined : own(known, 'events'), UNREADABLE_LEVEL),
    eventsDefault: level('events_default', known === null ? 50 : 0),
    stateDefault: level('state_default', 50),
    invite: level('invite', known === null ? 50 : 0),
    kick: level('kick', 50),
    ban: level('ban', 50),
    redact: level('redact', 50),
    epoch: Math.max(0, Math.min(MAX_EPOCH, epoch)),
  };
}

/** A map of levels, in a `Map` because its keys are from the wire. A value that is no integer counts as `unreadable`, or is left out. */
function integers(input: unknown, unreadable: number | null): ReadonlyMap<string, number> {
  const map = new Map<string, number>();
  if (!isRecord(input)) return map;
  for (const key of Object.keys(input)) {
    const value = integer(input[key]) ?? unreadable;
    if (value !== null) map.set(key, value);
  }
  return map;
}

/** Room version 10 and later know integers only; strings, floats and numbers past 2^53 are not levels. */
function integer(value: unknown): number | null {
  return typeof value === 'number' && Number.isSafeInteger(value) ? value : null;
}

function stateLevelIn(levels: Levels, type: string, atLeast: number): number {
  return levels.events.get(type) ?? Math.max(levels.stateDefault, atLeast);
}

function objectLevelIn(levels: Levels, type: string, atLeast: number): number {
  return Math.max(stateLevelIn(levels, type, atLeast), stateLevelIn(levels, WIRE_TYPE, Number.NEGATIVE_INFINITY));
}

type Question = (user: UserId, type: string, atLeast: number) => boolean;

/** A board asks the same few questions for thousands of objects. */
function remember(ask: Question): Question {
  const answers = new Map<string, boolean>();
  return (user, type, atLeast) => {
    const key = `${user} ${atLeast} ${type}`;
    const known = answers.get(key);
    if (known !== undefined) return known;
    const answer = ask(user, type, atLeast);
    answers.set(key, answer);
    return answer;
  };
}
