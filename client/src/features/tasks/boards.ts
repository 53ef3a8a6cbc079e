import type { BesaceApi } from '@besace/matrix/api/types';
import type { RoomId, UserId } from '@besace/protocol/core/ids';
import { onScopeDispose } from 'vue';
import { type BoardStore, createBoardStore } from './boardStore.ts';

type Open = { readonly store: BoardStore; users: number; closing: ReturnType<typeof setTimeout> | null };

/** How long a board stays open after the last one looked away, ms: people go back and forth between a board and its discussion. */
const LINGER = 30_000;

const boards = new WeakMap<BesaceApi, Map<string, Open>>();

/** The board of a room for one account, one for all who show it: the board, the card beside it, the archive. Ends some time after the last scope did. */
export function useBoardStore(api: BesaceApi, roomId: RoomId, me: UserId | null): BoardStore {
  const key = `${me} ${roomId}`;
  const open = boards.get(api) ?? new Map<string, Open>();
  boards.set(api, open);
  const board = open.get(key) ?? {
    store: createBoardStore({ api, roomId, frame: nextFrame, clock: () => performance.now() }),
    users: 0,
    closing: null,
  };
  open.set(key, board);
  board.users += 1;
  if (board.closing !== null) clearTimeout(board.closing);

  onScopeDispose(() => {
    board.users -= 1;
    if (board.users > 0) return;
    board.closing = setTimeout(() => {
      open.delete(key);
      board.store.stop();
    }, LINGER);
  });
  return board.store;
}

/** A page that is not on screen draws no frames, and must not fall behind all the same. */
export function nextFrame(run: () => void): void {
  if (document.visibilityState === 'hidden') setTimeout(run, 16);
  else requestAnimationFrame(run);
}
