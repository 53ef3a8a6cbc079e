import { type EventId, parseUserId, type RoomId, serverOf, type UserId } from '@besace/protocol/core/ids';
import type { Membership } from '../api/types.ts';
import { isCryptoState } from '../crypto/cryptoState.ts';
import type { KnownMember, KnownRoom } from '../session/context.ts';
import type { RawEvent } from '../sync/rawEvent.ts';
import type { Hero, RoomDelta, StrippedEvent } from '../sync/response.ts';
import { shownName } from './shownName.ts';

/** What is known of one room from its clear state. Changed only by the room store. */
export class RoomModel implements KnownRoom {
  readonly roomId: RoomId;
  membership: Membership = 'join';
  heroes: readonly Hero[] = [];
  joinedCount = 0;
  invitedCount = 0;
  /** Server time of the latest event that a person would count as activity, ms. */
  lastActivity = 0;
  /** The latest timeline event, raw. */
  lastEvent: RawEvent | null = null;
  /** All members were loaded (`GET /members`). */
  membersComplete = false;
  /** Grows with every change of state that the crypto needs. */
  cryptoVersion = 0;
  /** Grows when somebody left, or may have left unseen: the key of what was written before is then not used any longer. */
  departures = 0;
  inviter: UserId | null = null;
  #encrypted = false;
  readonly #state = new Map<string, RawEvent>();
  readonly #members = new Map<UserId, KnownMember>();
  /** Who bears a name, by what it looks like; those who left too, because what they said stays. */
  readonly #namesakes = new Map<string, Set<UserId>>();
  readonly #me: UserId;
  readonly #isOutsider: (user: UserId) => boolean;

  constructor(roomId: RoomId, me: UserId, isOutsider: (user: UserId) => boolean) {
    this.roomId = roomId;
    this.#me = me;
    this.#isOutsider = isOutsider;
  }

  /** Sticks: a server cannot make a room that was encrypted clear again. */
  get encrypted(): boolean {
    return this.#encrypted;
  }

  markEncrypted(): void {
    this.#encrypted = true;
  }

  clearState(type: string, stateKey = ''): RawEvent | undefined {
    return this.#state.get(key(type, stateKey));
  }

  /** Every state event of this type, by state key. */
  stateOf(type: string): RawEvent[] {
    return [...this.#state.values()].filter((event) => event.type === type);
  }

  /** State that the crypto needs: encryption, history visibility, members. */
  cryptoState(): RawEvent[] {
    return [...this.#state.values()].filter((event) => isCryptoState(event.type));
  }

  member(user: UserId): KnownMember | undefined {
    const member = this.#members.get(user);
    return member === undefined ? undefined : this.#told(member);
  }

  members(): readonly KnownMember[] {
    return Array.from(this.#members.values(), (member) => this.#told(member));
  }

  /**
   * A name that two members bear tells nobody apart: their ids stand beside it (Matrix spec, client-server, "display name for a user"). So does the id of who puts
   * something like an id into the name, or Eve would call herself "Alice (@alice:ministere)".
   */
  #told(member: KnownMember): KnownMember {
    const { name, userId } = member;
    const alone = (this.#namesakes.get(lookOf(name))?.size ?? 0) < 2;
    return name === userId || (alone && !hasId(name)) ? member : { ...member, name: `${name} (${userId})` };
  }

  get creators(): readonly UserId[] {
    const create = this.clearState('m.room.create');
    if (create === undefined) return [];
    const additional = create.content.additional_creators;
    const others = Array.isArray(additional) ? additional : [];
    return [create.sender, ...others.flatMap((user) => userOf(user))];
  }

  /** @param now this machine's time, for what has no time of its own: an invitation */
  apply(delta: RoomDelta, now: number): void {
    if (delta.inviteState !== null) {
      this.#applyInvite(delta.inviteState);
      if (this.lastActivity === 0) this.lastActivity = now;
    }
    // The timeline is older than the required state of the same answer, which is what holds at its end.
    const ofTimeline = delta.timeline.filter((event) => event.state_key !== undefined);
    this.applyState([...ofTimeline, ...delta.requiredState]);
    if (delta.heroes !== null) this.heroes = delta.heroes;
    if (delta.joinedCount !== null) this.joinedCount = delta.joinedCount;
    if (delta.invitedCount !== null) this.invitedCount = delta.invitedCount;
    const last = delta.timeline.at(-1);
    if (last !== undefined) {
      this.lastEvent = last;
      this.lastActivity = Math.max(this.lastActivity, last.origin_server_ts);
    }
  }

  applyState(events: readonly RawEvent[]): void {
    for (const event of events) {
      if (event.state_key === undefined) continue;
      const place = key(event.type, event.state_key);
      if (hasLeft(event) && this.#state.get(place)?.event_id !== event.event_id) this.departures += 1;
      this.#state.set(place, event);
      if (isCryptoState(event.type)) this.cryptoVersion += 1;
      if (event.type === 'm.room.encryption') this.#encrypted = true;
      if (event.type === 'm.room.member') this.#applyMember(event);
    }
  }

  #applyMember(event: RawEvent): void {
    const [user] = userOf(event.state_key);
    if (user === undefined) return;
    const membership = membershipOf(event.content.membership);
    const name = shownName(event.content.displayname) || localpart(user);
    const before = this.#members.get(user);
    if (before !== undefined) this.#dropNamesake(lookOf(before.name), user);
    const namesakes = this.#namesakes.get(lookOf(name)) ?? new Set();
    this.#namesakes.set(lookOf(name), namesakes.add(user));
    this.#members.set(user, {
      userId: user,
      name,
      membership,
      outsider: this.#isOutsider(user),
    });
    if (user !== this.#me) return;
    this.membership = membership;
    if (membership === 'invite') this.inviter = event.sender;
  }

  #dropNamesake(look: string, user: UserId): void {
    const namesakes = this.#namesakes.get(look);
    if (namesakes?.delete(user) && namesakes.size === 0) this.#namesakes.delete(look);
  }

  #applyInvite(events: readonly StrippedEvent[]): void {
    this.membership = 'invite';
    for (const event of events) {
      const { type, stateKey, sender, content } = event;
      this.applyState([
        {
          event_id: STRIPPED,
          room_id: this.roomId,
          type,
          sender,
          state_key: stateKey,
          origin_server_ts: 0,
          content,
          unsigned: {},
        },
      ]);
    }
  }
}

/** Stripped events have no id and prove nothing: they only make the invitation readable. */
export const STRIPPED = '$stripped' as EventId;

export function localpart(user: UserId): string {
  return user.slice(1, user.length - serverOf(user).length - 1);
}

/** Names that only differ in case, width or spaces look the same to whoever reads in a hurry. */
function lookOf(name: string): string {
  return name.normalize('NFKC').toLowerCase().replace(/\s+/gu, '');
}

/** An @ and, behind it, a colon or what looks like one. */
const LIKE_AN_ID = /@.*[:\u02D0\u02F8\u0589\u05C3\u0703\u0704\u1803\u205A\u2236\uA4FD\uA789]/su;

function hasId(name: string): boolean {
  return LIKE_AN_ID.test(name.normalize('NFKC'));
}

function key(type: string, stateKey: string): string {
  return `${type}\u0000${stateKey}`;
}

function userOf(input: unknown): UserId[] {
  const parsed = parseUserId(input);
  return parsed.ok ? [parsed.value] : [];
}

function hasLeft(event: RawEvent): boolean {
  return event.type === 'm.room.member' && ['leave', 'ban'].includes(membershipOf(event.content.membership));
}

function membershipOf(input: unknown): Membership {
  return input === 'join' || input === 'invite' || input === 'knock' || input === 'ban' ? input : 'leave';
}
