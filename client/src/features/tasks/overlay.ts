import type { ObjectId } from '@besace/protocol/core/ids';
import type { ObjectKind } from '@besace/protocol/core/kind';
import {
  type BoardState,
  boardKind,
  columnKind,
  type ObjectChange,
  taskKind,
  type Write,
} from '@besace/protocol/features/tasks';

/** A write that the screen shows and the session has not said back yet. */
type Laid = {
  readonly write: Write;
  readonly object: unknown;
  /** Calls of `writeObject` that have not answered. */
  readonly inFlight: number;
};

/**
 * What I wrote, laid over what the session told, until it tells the same: the screen answers in one frame, and the card returns when the write was
 * refused. Registers only grow, so "the same" means that the merge adds nothing.
 */
export class Overlay {
  readonly #laid = new Map<string, Laid>();

  get empty(): boolean {
    return this.#laid.size === 0;
  }

  lay(write: Write): void {
    const parsed = kinds.get(write.type)?.parse(write.content);
    if (!parsed?.ok) throw new Error(`a write of ${write.type} that nobody could read`);
    const key = keyOf(write);
    this.#laid.set(key, { write, object: parsed.value, inFlight: (this.#laid.get(key)?.inFlight ?? 0) + 1 });
  }

  /** The session has answered: what was refused comes off, save where a later write of the same object is still on its way. */
  answered(write: Write, accepted: boolean, told: BoardState): void {
    const key = keyOf(write);
    const laid = this.#laid.get(key);
    if (laid === undefined) return;
    const inFlight = laid.inFlight - 1;
    if (inFlight === 0 && (!accepted || covers(told, laid))) this.#laid.delete(key);
    else this.#laid.set(key, { ...laid, inFlight });
  }

  /** The session told of this object. `refused`: the server did not take what had been accepted. */
  told(object: { readonly type: string; readonly objectId: ObjectId }, refused: boolean, told: BoardState): void {
    const key = keyOf(object);
    const laid = this.#laid.get(key);
    if (laid !== undefined && laid.inFlight === 0 && (refused || covers(told, laid))) this.#laid.delete(key);
  }

  /** For `reduceBoard`, over what was told. */
  changes(told: BoardState): readonly ObjectChange[] {
    return [...this.#laid.values()].map(({ write, object }) => {
      const kind = kinds.get(write.type);
      const known = objectIn(told, write.type, write.objectId);
      const content =
        kind === undefined || known === undefined ? write.content : kind.encode(kind.merge(known, object));
      return { type: write.type, objectId: write.objectId, content, updateNeeded: false };
    });
  }
}

const kinds: ReadonlyMap<string, ObjectKind<unknown>> = new Map(
  [boardKind, columnKind, taskKind].map((kind) => [kind.type, kind as ObjectKind<unknown>]),
);

function keyOf({ type, objectId }: { readonly type: string; readonly objectId: ObjectId }): string {
  return `${type} ${objectId}`;
}

function covers(told: BoardState, { write, object }: Laid): boolean {
  const known = objectIn(told, write.type, write.objectId);
  return known !== undefined && kinds.get(write.type)?.merge(known, object) === known;
}

function objectIn(state: BoardState, type: string, id: ObjectId): unknown {
  if (type === taskKind.type) return state.cards.get(id)?.task;
  if (type === boardKind.type) return state.board;
  return [...state.columns, ...state.removedColumns].find((column) => column.id === id)?.column;
}
