import { authorityFrom } from '@besace/protocol/core/authority';
import { type RoomId, serverOf, type UserId } from '@besace/protocol/core/ids';
import { SINGLETON_ID } from '@besace/protocol/core/kind';
import { err, ok } from '@besace/protocol/core/result';
import {
  CREATE_TYPE,
  childContent,
  isOpenToOutsiders,
  MAX_NAME,
  MAX_PURPOSE,
  POWER_OF,
  parentContent,
  powerLevelsFor,
  type RoomEdit,
  roomKind,
  type Template,
  withNextEpoch,
  withPower,
} from '@besace/protocol/features/workspaces';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { BesaceError, Outcome, RoomsApi } from '../api/types.ts';
import type { Outbox } from '../outbox/outbox.ts';
import type { Platform } from '../platform/platform.ts';
import type { Scope } from '../session/scope.ts';
import { isRecord } from '../sync/rawEvent.ts';
import { authorityOf } from './authority.ts';
import { nextWords, type OwnWords } from './ownWords.ts';
import type { Invitation, RoomRequests } from './requests.ts';
import type { RoomModel } from './roomModel.ts';
import type { RoomStore } from './roomStore.ts';
import { settled } from './settled.ts';
import { childrenOf, isHistoryShared } from './summary.ts';
import { eventuallyFound, takeHistory } from './takeHistory.ts';

export type RoomActionsDeps = {
  readonly me: UserId;
  readonly platform: Platform;
  readonly requests: RoomRequests;
  readonly rooms: RoomStore;
  readonly outbox: Outbox;
  readonly scope: Scope;
  readonly backend: Pick<
    CryptoBackend,
    'shareRoomHistoryWithUser' | 'maybeAcceptKeyBundle' | 'markRoomAsPendingKeyBundle'
  >;
  ownWords(roomId: RoomId): OwnWords;
  direct(): ReadonlyMap<RoomId, UserId>;
  /** Keys of these rooms may have come. */
  onKeys(rooms: readonly RoomId[]): void;
};

export type RoomActions = Omit<RoomsApi, 'watchRooms' | 'watchRoom'>;

/** Every room is encrypted, its state too, from its first event (MSC4362). */
const ENCRYPTION = { algorithm: 'm.megolm.v1.aes-sha2', 'io.element.msc4362.encrypt_state_events': true };

export function createRoomActions(deps: RoomActionsDeps): RoomActions {
  const { me, platform, requests, rooms, outbox } = deps;
  const outsiders = platform.outsiderServers;

  type NewRoom = {
    readonly template: Template;
    readonly type: string | null;
    readonly knock: boolean;
    readonly direct: boolean;
    readonly users?: readonly (readonly [UserId, number])[];
    readonly parent?: RoomId;
    /** Outsiders' homeservers may take part. */
    readonly openToOutsiders: boolean;
  };

  async function make(input: NewRoom): Outcome<RoomModel> {
    const state = (type: string, content: object, state_key = '') => ({ type, state_key, content });
    const created = await requests.create({
      room_version: '12',
      visibility: 'private',
      is_direct: input.direct,
      creation_content: input.type === null ? {} : { type: input.type },
      power_level_content_override: powerLevelsFor(input.template, input.users ?? []),
      initial_state: [
        state('m.room.encryption', ENCRYPTION),
        state('m.room.history_visibility', { history_visibility: 'shared' }),
        state('m.room.guest_access', { guest_access: 'forbidden' }),
        state('m.room.join_rules', { join_rule: input.knock ? 'knock' : 'invite' }),
        ...(input.openToOutsiders ? [] : closedToOutsiders().map((content) => state('m.room.server_acl', content))),
        ...(input.parent === undefined ? [] : [state('m.space.parent', parentContent([serverOf(me)]), input.parent)]),
      ],
    });
    if (!created.ok) return created;
    // We made it so: a server that leaves `m.room.encryption` out of what it tells us gets nothing in clear.
    rooms.rememberEncrypted(created.value);
    return rooms.load(created.value);
  }

  /** Every homeserver of an agent keeps outsiders out by itself (spec 13.29); in clear, because servers act on it. */
  function closedToOutsiders(): object[] {
    if (outsiders.length === 0 || outsiders.includes(serverOf(me))) return [];
    return [{ allow: ['*'], deny: [...outsiders], allow_ip_literals: false }];
  }

  /** On disk when it resolves: the name arrives even when the network goes away now. */
  async function sendState(
    roomId: RoomId,
    type: string,
    stateKey: string,
    content: Record<string, unknown>,
  ): Outcome<void> {
    const queued = await outbox.enqueue({
      roomId,
      work: { kind: 'state', type, stateKey, content, wire: 'encrypted' },
    });
    return queued.ok ? ok(undefined) : queued;
  }

  /** What the room says of itself (T5), and its name once more in the words of Matrix, for other clients. */
  async function say(roomId: RoomId, edit: RoomEdit): Outcome<void> {
    const waiting = outbox.items(roomId).map((item) => item.work);
    const words = nextWords(deps.ownWords(roomId), waiting, edit, me);
    if (!words.ok) return words;
    const { name, purpose } = edit;
    const inMatrix: [string, Record<string, unknown>][] = [
      ...(name === undefined ? [] : [['m.room.name', { name }] as [string, Record<string, unknown>]]),
      ...(purpose === undefined ? [] : [['m.room.topic', { topic: purpose }] as [string, Record<string, unknown>]]),
    ];
    for (const [type, content] of inMatrix) {
      const sent = await sendState(roomId, type, '', content);
      if (!sent.ok) return sent;
    }
    if (words.value === null) return ok(undefined);
    const queued = await outbox.enqueue({
      roomId,
      work: { kind: 'object', type: roomKind.type, objectId: SINGLETON_ID, content: words.value },
    });
    return queued.ok ? ok(undefined) : queued;
  }

  /** Null when I may say what this room is, in the words of Matrix (`type`) and in ours. */
  function maySay(roomId: RoomId, type: string): ReturnType<typeof err<BesaceError>> | null {
    const room = rooms.get(roomId);
    if (room === undefined) return err({ code: 'not-found', detail: 'room' });
    const authority = authorityOf(room, outsiders);
    const may = authority.powerOf(me) >= authority.stateLevel(type);
    return may && roomKind.mayWrite(authority, me, roomKind.empty) ? null : err({ code: 'forbidden' });
  }

  /** What was said before is handed over first (MSC4268), so that she can read it from her first look (T10). */
  async function inviteNow(room: RoomModel, user: UserId, direct = false): Outcome<void> {
    if (room.encrypted && isHistoryShared(room)) {
      await settled(outbox, platform.clock, room.roomId);
      try {
        await deps.backend.shareRoomHistoryWithUser(room.roomId, user);
      } catch (thrown) {
        // She can still be invited; what was before stays locked for her, and she sees that (T6).
        platform.logger.warn('history-not-shared', { room: room.roomId, error: String(thrown) });
      }
    }
    const invited = await requests.invite(room.roomId, user, direct);
    // What is written from now on is for her too.
    rooms.forgetMembers(room.roomId);
    // "is already in the room" is what was asked for.
    if (!invited.ok && invited.error.code === 'forbidden' && isIn(room, user)) return ok(undefined);
    return invited;
  }

  async function inviteAll(room: RoomModel, users: readonly UserId[], direct = false): Promise<BesaceError | null> {
    let failed: BesaceError | null = null;
    for (const user of users) {
      const invited = await inviteNow(room, user, direct);
      if (!invited.ok) failed ??= { ...invited.error, detail: user };
    }
    return failed;
  }

  async function createConversation(input: Parameters<RoomsApi['createConversation']>[0]): Outcome<RoomId> {
    const invite = [...new Set(input.invite)].filter((user) => user !== me);
    for (const user of invite) {
      const known = await requests.profile(user);
      if (!known.ok) return known;
    }
    const guests = invite.filter(rooms.isOutsider);
    const made = await make({
      template: 'conversation',
      type: null,
      knock: false,
      direct: input.direct,
      openToOutsiders: guests.length > 0,
      users: guests.map((user) => [user, POWER_OF.contributor] as const),
    });
    if (!made.ok) return made;
    const { roomId } = made.value;
    const name = cleanName(input.name ?? '');
    const said = await say(roomId, {
      ...(name !== null && { name }),
      ...(guests.length > 0 && { openToOutsiders: true }),
    });
    if (!said.ok) return said;
    const [only] = invite;
    if (input.direct && only !== undefined && invite.length === 1) await markDirect(roomId, only);
    const failed = await inviteAll(made.value, invite, input.direct);
    return failed === null ? ok(roomId) : err(failed);
  }

  async function markDirect(roomId: RoomId, user: UserId): Promise<void> {
    const content: Record<string, RoomId[]> = {};
    for (const [room, person] of [...deps.direct(), [roomId, user] as const]) {
      content[person] = [...(content[person] ?? []), room];
    }
    const kept = await requests.putAccountData(me, 'm.direct', content);
    if (!kept.ok) platform.logger.warn('direct-not-kept', { room: roomId, code: kept.error.code });
  }

  async function createWorkspace(input: { name: string }): Outcome<RoomId> {
    const name = cleanName(input.name);
    if (name === null) return err({ code: 'invalid', detail: 'name' });
    const made = await make({
      template: 'workspace',
      type: CREATE_TYPE.workspace,
      knock: true,
      direct: false,
      openToOutsiders: false,
    });
    if (!made.ok) return made;
    const named = await say(made.value.roomId, { name });
    return named.ok ? ok(made.value.roomId) : named;
  }

  async function createRoomIn(input: Parameters<RoomsApi['createRoomIn']>[0]): Outcome<RoomId> {
    const name = cleanName(input.name);
    if (name === null) return err({ code: 'invalid', detail: 'name' });
    const workspace = rooms.get(input.workspace);
    if (workspace === undefined) return err({ code: 'not-found', detail: 'workspace' });
    const authority = authorityOf(workspace, outsiders);
    if (authority.powerOf(me) < authority.stateLevel('m.space.child')) return err({ code: 'forbidden' });
    const made = await make({
      template: input.kind,
      type: input.kind === 'board' ? CREATE_TYPE.board : null,
      knock: true,
      direct: false,
      parent: input.workspace,
      openToOutsiders: input.openToOutsiders,
      users: await powersLike(workspace),
    });
    if (!made.ok) return made;
    const { roomId } = made.value;
    const linked = await requests.putState(input.workspace, 'm.space.child', roomId, childContent([serverOf(me)]));
    if (!linked.ok) return linked;
    const said = await say(roomId, { name, ...(input.openToOutsiders && { openToOutsiders: true }) });
    if (!said.ok) return said;
    if (!input.inviteMembers) return ok(roomId);
    const members = await rooms.ensureMembers(input.workspace);
    if (!members.ok) return members;
    const invite = workspace
      .members()
      .filter(
        (member) => member.membership === 'join' && member.userId !== me && (!member.outsider || input.openToOutsiders),
      );
    const failed = await inviteAll(
      made.value,
      invite.map((member) => member.userId),
    );
    return failed === null ? ok(roomId) : err(failed);
  }

  /** People keep in a room the role that they have in its workspace. Its creators, who have no level there, get the highest one here. */
  async function powersLike(workspace: RoomModel): Promise<readonly (readonly [UserId, number])[]> {
    const users = workspace.clearState('m.room.power_levels')?.content.users;
    const listed = isRecord(users) ? Object.entries(users) : [];
    const creators = workspace.creators.map((user) => [user, POWER_OF.owner] as const);
    const levels = listed.flatMap(([user, power]) =>
      typeof power === 'number' ? [[user as UserId, power] as const] : [],
    );
    return [...levels, ...creators].filter(([user]) => user !== me);
  }

  async function invite(roomId: RoomId, user: UserId): Outcome<void> {
    const room = rooms.get(roomId);
    if (room === undefined) return err({ code: 'not-found', detail: 'room' });
    const authority = authorityOf(room, outsiders);
    if (authority.powerOf(me) < authority.actionLevel('invite')) return err({ code: 'forbidden' });
    if (rooms.isOutsider(user) && !isOpenToOutsiders(deps.ownWords(roomId).object))
      return err({ code: 'outsider-refused' });
    const known = await requests.profile(user);
    if (!known.ok) return known;
    const welcomed = await welcome(room, user);
    return welcomed.ok ? inviteNow(room, user) : welcomed;
  }

  /** An agent comes to work here, so she may write, unless a role was given to her before: only who gives roles can say so. */
  async function welcome(room: RoomModel, user: UserId): Outcome<void> {
    const authority = authorityOf(room, outsiders);
    const mayGive = authority.powerOf(me) >= authority.stateLevel('m.room.power_levels');
    if (!mayGive || rooms.isOutsider(user) || authority.powerOf(user) >= POWER_OF.contributor) return ok(undefined);
    const current = await requests.getState(room.roomId, 'm.room.power_levels');
    if (!current.ok) return current;
    const users = isRecord(current.value) ? current.value.users : undefined;
    if (isRecord(users) && Object.hasOwn(users, user)) return ok(undefined);
    const welcomed = withPower(current.value, user, POWER_OF.contributor);
    return requests.putState(room.roomId, 'm.room.power_levels', '', welcomed);
  }

  async function setPower(roomId: RoomId, user: UserId, power: number): Outcome<void> {
    if (!Number.isInteger(power)) return err({ code: 'invalid', detail: 'power' });
    const room = rooms.get(roomId);
    if (room?.creators.includes(user)) return err({ code: 'forbidden', detail: 'creator' });
    const current = await requests.getState(roomId, 'm.room.power_levels');
    if (!current.ok) return current;
    const next = withPower(current.value, user, power);
    // Whoever loses a right may have taken the highest counters with it: the next epoch has higher ones (CORE-6).
    const loses = power < powerIn(current.value, user);
    return requests.putState(roomId, 'm.room.power_levels', '', loses ? withNextEpoch(next) : next);
  }

  async function join(roomId: RoomId, options: { withRooms?: boolean } = {}): Outcome<void> {
    const joined = await joinOne(roomId);
    if (!joined.ok || options.withRooms !== true) return joined;
    const loaded = await rooms.load(roomId);
    if (!loaded.ok) return loaded;
    for (const child of childrenOf(loaded.value)) {
      if (rooms.get(child)?.membership !== 'invite') continue;
      const inside = await joinOne(child);
      if (!inside.ok) return inside;
    }
    return ok(undefined);
  }

  async function joinOne(roomId: RoomId): Outcome<void> {
    const room = rooms.get(roomId);
    if (room?.membership === 'join') return ok(undefined);
    const known = room === undefined ? null : invitationIn(room);
    const joined = await requests.join(roomId, known === null ? [] : [serverOf(known.inviter)]);
    if (!joined.ok) return joined;
    const accept = async ({ inviter, direct }: Invitation): Promise<void> => {
      if (direct) await markDirect(roomId, inviter);
      await takeHistory({ ...deps, onKeys: (room) => deps.onKeys([room]) }, roomId, inviter);
    };
    if (known === null) await eventuallyFound(deps, () => invitationBefore(roomId), accept);
    else await accept(known);
    return ok(undefined);
  }

  function invitationIn(room: RoomModel): Invitation | null {
    if (room.membership !== 'invite' || room.inviter === null) return null;
    return { inviter: room.inviter, direct: room.clearState('m.room.member', me)?.content.is_direct === true };
  }

  /** Of a room that was joined before the sync told of the invitation: who invited has the keys of what was said before (T10). */
  async function invitationBefore(roomId: RoomId): Promise<Invitation | null> {
    const found = await requests.invitationOf(roomId, me);
    if (found.ok) return found.value;
    platform.logger.warn('invitation-not-read', { room: roomId, code: found.error.code });
    return null;
  }

  return {
    createConversation,
    createWorkspace,
    createRoomIn,
    invite,
    join,
    async leave(roomId) {
      const left = await requests.leave(roomId);
      if (left.ok) rooms.remove(roomId);
      return left;
    },
    async rename(roomId, input) {
      const name = cleanName(input);
      if (name === null) return err({ code: 'invalid', detail: 'name' });
      return maySay(roomId, 'm.room.name') ?? say(roomId, { name });
    },
    async setTopic(roomId, input) {
      const purpose = input.trim();
      if (purpose.length > MAX_PURPOSE) return err({ code: 'too-large', detail: 'topic' });
      return maySay(roomId, 'm.room.topic') ?? say(roomId, { purpose });
    },
    setPower,
  };
}

function powerIn(levels: unknown, user: UserId): number {
  return authorityFrom({ create: null, powerLevels: levels, outsiders: [] }).powerOf(user);
}

function isIn(room: RoomModel, user: UserId): boolean {
  const membership = room.member(user)?.membership;
  return membership === 'join' || membership === 'invite';
}

function cleanName(input: string): string | null {
  const name = input.replace(/\s+/g, ' ').trim();
  return name === '' || name.length > MAX_NAME ? null : name;
}
