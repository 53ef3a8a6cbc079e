import type { RoomDetails } from '@besace/matrix/api/types';
import type { Person } from './directoryClient.ts';

/** What is to be said before an invitation leaves, as keys under `directory.invite` (PEOPLE-7, T10). */
export type Warning =
  | { readonly key: 'historyShared' | 'historySharedOutsiders' | 'historyClosed' | 'workspaceNote' }
  | { readonly key: 'outsidersWarning'; readonly count: number };

/** Always says what newcomers will be able to read; what concerns outsiders only when some are picked. */
export function warningsFor(
  room: Pick<RoomDetails, 'kind' | 'historyShared'>,
  picked: readonly Person[],
): readonly Warning[] {
  const outsiders = picked.filter((person) => person.outsider).length;
  if (room.kind === 'workspace') {
    return [
      { key: 'workspaceNote' },
      ...(outsiders > 0 ? [{ key: 'outsidersWarning' as const, count: outsiders }] : []),
    ];
  }
  const history: readonly Warning[] = room.historyShared
    ? [{ key: 'historyShared' }, ...(outsiders > 0 ? [{ key: 'historySharedOutsiders' as const }] : [])]
    : [{ key: 'historyClosed' }];
  return [...(outsiders > 0 ? [{ key: 'outsidersWarning' as const, count: outsiders }] : []), ...history];
}
