import { type Address, localPartOf, parseAddress } from '../../runtime/address.ts';
import type { Organisation } from '../../runtime/config.ts';
import type { MatrixEvent } from '../../runtime/matrix-event.ts';
import type { NewJob } from '../../runtime/queue.ts';
import { wordsOf } from './words.ts';

/** Who asks. */
export type Asker = { readonly userId: string; readonly organisation: string; readonly outsider: boolean };

/** How a search is answered: by an address, the beginning of one, words, or with nobody. */
export type Search =
  | { readonly by: 'address'; readonly address: Address }
  | { readonly by: 'address-prefix'; readonly prefix: string; readonly limit: number }
  | { readonly by: 'words'; readonly words: readonly string[]; readonly limit: number }
  | { readonly by: 'nothing' };

const DEFAULT_LIMIT = 10;
const MAX_LIMIT = 20;
const MAX_QUERY = 254;
const nobody: Search = { by: 'nothing' };

/** What a query means for who asks it (DIR-4, DIR-5, DIR-6). */
export function planSearch(query: string, limit: string | undefined, asker: Asker): Search {
  if (query.length > MAX_QUERY) return nobody;
  const address = parseAddress(query);
  if (address.ok) return { by: 'address', address: address.value };
  if (asker.outsider) return nobody;
  const bounded = boundedLimit(limit);
  if (query.includes('@')) {
    const prefix = query.trim().toLowerCase();
    return /^[a-z0-9'+._&=~-]{2,}@[a-z0-9.-]*$/.test(prefix)
      ? { by: 'address-prefix', prefix, limit: bounded }
      : nobody;
  }
  const words = wordsOf(query);
  return words.join('').length < 2 ? nobody : { by: 'words', words, limit: bounded };
}

/** The words under which a person is found. */
export function personWords(name: string, address: Address | null): string[] {
  return wordsOf(`${name} ${address === null ? '' : localPartOf(address).replace(/\+.*$/, '')}`);
}

/** Work that a pushed event makes (DIR-3, DIR-10). Names in events may be of one room only: the profile is asked again. */
export function planEvent(
  organisation: Organisation,
  botUserId: string,
  event: MatrixEvent,
): readonly Omit<NewJob, 'correlation'>[] {
  if (event.type !== 'm.room.member' || event.state_key === undefined) return [];
  const membership = event.content.membership;
  if (event.state_key === botUserId) {
    if (membership !== 'invite' && membership !== 'join') return [];
    const body: LeaveJob = { organisation: organisation.id, roomId: event.room_id };
    return [{ kind: 'directory.leave', key: event.room_id, body }];
  }
  const ofItself = event.state_key === event.sender && membership === 'join';
  if (!ofItself || !event.sender.endsWith(`:${organisation.serverName}`)) return [];
  return [refreshJob(event.sender, organisation.id)];
}

export type LeaveJob = { readonly organisation: string; readonly roomId: string };
export type RefreshJob = { readonly userId: string; readonly organisation: string };

export function refreshJob(userId: string, organisation: string): Omit<NewJob, 'correlation'> {
  return { kind: 'directory.refresh', key: userId, body: { userId, organisation } satisfies RefreshJob };
}

function boundedLimit(limit: string | undefined): number {
  if (limit === undefined || !/^\d{1,4}$/.test(limit)) return DEFAULT_LIMIT;
  return Math.min(MAX_LIMIT, Math.max(1, Number(limit)));
}
