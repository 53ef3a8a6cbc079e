import type { ObjectId, RoomId } from '@besace/protocol/core/ids';
import type { BoardRights } from '@besace/protocol/features/tasks';
import { type ComputedRef, type InjectionKey, inject, provide, type Ref } from 'vue';
import type { BoardStore } from './boardStore.ts';
import type { People } from './people.ts';
import type { BoardModel, Changed } from './useBoard.ts';
import type { BoardFocus } from './useBoardFocus.ts';
import type { MoveMode } from './useMoveMode.ts';
import type { Words } from './words.ts';

/** What the parts of one board share. Each reads only what it shows, so that a change redraws only where it is seen. */
export type BoardScene = {
  readonly roomId: RoomId;
  readonly board: BoardModel;
  readonly notes: BoardStore['notes'];
  readonly rights: ComputedRef<BoardRights>;
  readonly people: ComputedRef<People>;
  /** Today's date, `YYYY-MM-DD`. */
  readonly today: Readonly<Ref<string>>;
  readonly move: MoveMode;
  readonly focus: BoardFocus;
  /** How many cards the column at this place may draw by now. */
  readonly rowsFor: (index: number) => number;
  readonly words: Words;
  readonly locale: Readonly<Ref<string>>;
  /** The card that is open beside the board. */
  readonly open: ComputedRef<string | null>;
  /** Opens the menu of a card under this element. */
  showMenu(id: ObjectId, at: HTMLElement): void;
  /** Waits for a change, and says why when it was not made. True when it was. */
  settle(change: Changed<unknown>): Promise<boolean>;
};

const sceneKey: InjectionKey<BoardScene> = Symbol('board');

export function provideScene(scene: BoardScene): void {
  provide(sceneKey, scene);
}

export function useScene(): BoardScene {
  const scene = inject(sceneKey);
  if (scene === undefined) throw new Error('a part of a board outside of one');
  return scene;
}
