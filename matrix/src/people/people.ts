import type { UserId } from '@besace/protocol/core/ids';
import { err, ok } from '@besace/protocol/core/result';
import type { CryptoBackend } from 'matrix-js-sdk/lib/common-crypto/CryptoBackend.js';
import type { Outcome, PeopleApi, PersonCard, SearchApi } from '../api/types.ts';
import { shownName } from '../rooms/shownName.ts';
import type { HttpPort, RoomsPort } from '../session/context.ts';
import { isRecord } from '../sync/rawEvent.ts';
import type { Ignored } from './ignored.ts';
import { mutualRooms } from './strangers.ts';

export type PeopleDeps = {
  readonly http: HttpPort;
  readonly rooms: RoomsPort;
  readonly crypto: Pick<CryptoBackend, 'getUserVerificationStatus' | 'userHasCrossSigningKeys'>;
  readonly ignored: Ignored;
};

const MAX_REASON = 500;
const MAX_NAME = 255;

export function createPeople({ http, rooms, crypto, ignored }: PeopleDeps): PeopleApi {
  async function nameOf(user: UserId): Outcome<string> {
    const path = `/_matrix/client/v3/profile/${encodeURIComponent(user)}`;
    const answer = await http.json({ method: 'GET', path, maxBytes: 256 * 1024 });
    if (!answer.ok) return answer.error.code === 'not-found' ? err({ code: 'unknown-person', detail: user }) : answer;
    return ok(isRecord(answer.value) ? shownName(answer.value.displayname).slice(0, MAX_NAME) : '');
  }

  async function trustOf(user: UserId): Promise<PersonCard['trust']> {
    const has = await crypto.userHasCrossSigningKeys(user, true);
    const status = await crypto.getUserVerificationStatus(user);
    if (status.needsUserApproval || (status.wasCrossSigningVerified() && !status.isCrossSigningVerified()))
      return 'changed';
    if (status.isCrossSigningVerified()) return 'verified';
    return has ? 'signed' : 'none';
  }

  return {
    async watchIgnored(listener) {
      listener(ignored.users);
      return ignored.onChange(listener);
    },
    setIgnored: (user, now) => ignored.set(user, now),
    async person(user) {
      const [name, shared, trust] = await Promise.all([nameOf(user), mutualRooms(http, user), trustOf(user)]);
      if (!name.ok) return name;
      const here = shared.ok ? shared.value.filter((roomId) => rooms.get(roomId)?.membership === 'join') : [];
      return ok({
        userId: user,
        name: name.value,
        outsider: rooms.isOutsider(user),
        ignored: ignored.has(user),
        shared: here,
        trust,
      });
    },
    async reportRoom(roomId, reason) {
      if (reason.length > MAX_REASON) return err({ code: 'too-large', detail: 'reason' });
      const answer = await http.json({
        method: 'POST',
        path: `/_matrix/client/v3/rooms/${encodeURIComponent(roomId)}/report`,
        body: { reason: reason.trim() },
      });
      return answer.ok ? ok(undefined) : answer;
    },
  };
}

/** The search, without what ignored people wrote. Its numbers still count them: the index does not know who is ignored. */
export function withoutIgnored(search: SearchApi, ignored: Pick<Ignored, 'has'>): SearchApi {
  return {
    ...search,
    async search(input) {
      const page = await search.search(input);
      return page.ok ? ok({ ...page.value, hits: page.value.hits.filter(({ sender }) => !ignored.has(sender)) }) : page;
    },
  };
}
