import { type Authority, objectLevel } from '../../core/authority.ts';
import type { UserId } from '../../core/ids.ts';
import { boardKind, columnKind, taskKind } from './schema.ts';

/** What a person may do on a board now, for views to show only what will not be refused. */
export type BoardRights = {
  /** Title and description of the board. */
  readonly editBoard: boolean;
  /** Make, rename, move and remove columns. */
  readonly editColumns: boolean;
  /** Make, edit, move, archive, remove and restore cards. */
  readonly editTasks: boolean;
};

/** By power now. An outsider has the rights that the room gives her by name. */
export function boardRights(authority: Authority, user: UserId): BoardRights {
  const power = authority.powerOf(user);
  const may = (kind: { readonly type: string; readonly level: number }): boolean =>
    power >= objectLevel(authority, kind.type, kind.level);
  return { editBoard: may(boardKind), editColumns: may(columnKind), editTasks: may(taskKind) };
}
