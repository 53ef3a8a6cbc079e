import type { ObjectKind } from './core/kind.ts';
import { boardKind, columnKind, taskKind } from './features/tasks/index.ts';
import { roomKind } from './features/workspaces/index.ts';

/** A kind whose objects are opaque to the caller: what one kind parsed goes back to the same kind. */
export type AnyKind = ObjectKind<unknown>;

/** Every kind of object there is: the one list of features in this package. */
export const kinds: readonly AnyKind[] = [opaque(boardKind), opaque(columnKind), opaque(taskKind), opaque(roomKind)];

const byType: ReadonlyMap<string, AnyKind> = new Map(kinds.map((kind) => [kind.type, kind]));

/** The kind of a state event type, or null: an unknown kind is kept as it is and never written. */
export function kindOf(type: string): AnyKind | null {
  return byType.get(type) ?? null;
}

/** Sound as long as objects go back to the kind that parsed them. */
function opaque<T>(kind: ObjectKind<T>): AnyKind {
  return kind as AnyKind;
}
