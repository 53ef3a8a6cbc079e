import { EPOCH_KEY } from '../../core/authority.ts';
import type { UserId } from '../../core/ids.ts';
import { isRecord, own } from '../../core/json.ts';
import { MAX_EPOCH } from '../../core/registers.ts';
import { POWER_OF } from './roles.ts';

/** A room of a workspace or the workspace itself; `conversation` is between people and belongs to no workspace. */
export type Template = 'workspace' | 'board' | 'chat' | 'conversation';

/** `m.room.power_levels` as the server requires it: integers. */
export type PowerLevels = {
  readonly users: { readonly [user: string]: number };
  readonly users_default: number;
  readonly events: { readonly [type: string]: number };
  readonly events_default: number;
  readonly state_default: number;
  readonly invite: number;
  readonly kick: number;
  readonly ban: number;
  readonly redact: number;
  readonly notifications: { readonly room: number };
};

/** What decides who gets in, who reads and who decides. */
const OWNER_TYPES = [
  'm.room.encryption',
  'm.room.guest_access',
  'm.room.history_visibility',
  'm.room.join_rules',
  'm.room.power_levels',
  'm.room.server_acl',
  'm.room.tombstone',
];
/** What the place is. */
const MANAGER_TYPES = [
  'fr.besace.board',
  'fr.besace.column',
  'fr.besace.room',
  'm.room.avatar',
  'm.room.canonical_alias',
  'm.room.name',
  'm.room.pinned_events',
  'm.room.topic',
  'm.space.child',
  'm.space.parent',
];

/**
 * The power levels of a new room of version 12, where the creator stands above all and must not be listed. `m.room.encrypted` is left out
 * on purpose: as a message it takes `events_default`, so that a reader can talk, and as state `state_default`, so that she cannot write
 * objects. Listing it would open every encrypted state to readers or shut the chat to them (trust.md, measured fact 6).
 *
 * `users` gives people a power from the start, by name: in a conversation every outsider needs it to be more than a reader.
 */
export function powerLevelsFor(template: Template, users: Iterable<readonly [UserId, number]> = []): PowerLevels {
  const equal = template === 'conversation';
  const levels = (types: readonly string[], level: number): [string, number][] => types.map((type) => [type, level]);
  return {
    users: Object.fromEntries(users),
    users_default: equal ? POWER_OF.contributor : POWER_OF.reader,
    events: Object.fromEntries([...levels(OWNER_TYPES, POWER_OF.owner), ...levels(MANAGER_TYPES, POWER_OF.manager)]),
    events_default: 0,
    state_default: POWER_OF.contributor,
    invite: POWER_OF.manager,
    kick: POWER_OF.manager,
    ban: POWER_OF.manager,
    redact: POWER_OF.manager,
    notifications: { room: POWER_OF.manager },
  };
}

/** `content` with one person's power changed and all else, known or not, kept. */
export function withPower(content: unknown, user: UserId, power: number): Record<string, unknown> {
  const base = isRecord(content) ? content : {};
  const users = own(base, 'users');
  return { ...base, users: { ...(isRecord(users) ? users : {}), [user]: power } };
}

/**
 * `content` with the next epoch, so that what someone wrote with the highest counters can be written over (`lamportCeiling`). Send it together
 * with the loss of that person's right.
 */
export function withNextEpoch(content: unknown): Record<string, unknown> {
  const base = isRecord(content) ? content : {};
  const epoch = own(base, EPOCH_KEY);
  const known = typeof epoch === 'number' && Number.isSafeInteger(epoch) && epoch > 0 ? epoch : 0;
  return { ...base, [EPOCH_KEY]: Math.min(MAX_EPOCH, known + 1) };
}
