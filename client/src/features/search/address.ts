import type { SearchInput } from '@besace/matrix/api/types';
import { parseRoomId, parseUserId, type RoomId, type UserId } from '@besace/protocol/core/ids';

export const searchPath = '/recherche';

/** What is looked for, as the address of the page says it: so that it can be gone back to, and kept. */
export type Asked = {
  readonly query: string;
  readonly sender: UserId | null;
  readonly roomId: RoomId | null;
  /** Local days, `2026-11-22`, both included. */
  readonly from: string | null;
  readonly to: string | null;
  readonly files: boolean;
};

export const NOTHING_ASKED: Asked = { query: '', sender: null, roomId: null, from: null, to: null, files: false };

/** Longest question, in characters. */
const MAX_QUERY = 200;

export function askedFrom(query: Readonly<Record<string, unknown>>): Asked {
  const sender = parseUserId(query.de);
  const roomId = parseRoomId(query.salon);
  return {
    query: typeof query.q === 'string' ? query.q.slice(0, MAX_QUERY) : '',
    sender: sender.ok ? sender.value : null,
    roomId: roomId.ok ? roomId.value : null,
    from: dayFrom(query.du),
    to: dayFrom(query.au),
    files: query.fichiers === '1',
  };
}

export function queryOf({ query, sender, roomId, from, to, files }: Asked): Record<string, string> {
  return {
    ...(query === '' ? {} : { q: query }),
    ...(sender === null ? {} : { de: sender }),
    ...(roomId === null ? {} : { salon: roomId }),
    ...(from === null ? {} : { du: from }),
    ...(to === null ? {} : { au: to }),
    ...(files ? { fichiers: '1' } : {}),
  };
}

/** The question that the session is asked; null where there is none yet. */
export function inputOf({ query, sender, roomId, from, to, files }: Asked): SearchInput | null {
  if (query.trim() === '' && sender === null && !files) return null;
  const start = from === null ? null : dayStart(from, 0);
  const end = to === null ? null : dayStart(to, 1);
  return {
    query,
    filters: {
      ...(sender === null ? {} : { sender }),
      ...(roomId === null ? {} : { roomId }),
      ...(start === null ? {} : { from: start }),
      ...(end === null ? {} : { before: end }),
      ...(files ? { hasFile: true } : {}),
    },
  };
}

/** Where a message is read in its conversation. */
export function messagePath(roomId: RoomId, eventId: string): string {
  return `/salon/${encodeURIComponent(roomId)}/discussion?message=${encodeURIComponent(eventId)}`;
}

/** The first moment of a local day, or of the day so many days later, ms. */
function dayStart(day: string, later: number): number | null {
  const [year = Number.NaN, month = Number.NaN, date = Number.NaN] = day.split('-').map(Number);
  const at = new Date(year, month - 1, date + later).getTime();
  return Number.isNaN(at) ? null : at;
}

function dayFrom(input: unknown): string | null {
  return typeof input === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(input) && dayStart(input, 0) !== null ? input : null;
}
