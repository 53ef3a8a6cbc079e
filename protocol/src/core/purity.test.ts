import { afterEach, describe, expect, it, vi } from 'vitest';
import { EMPTY_BOARD, fixtureBoard, planMove, reduceBoard } from '../features/tasks/index.ts';
import { kindOf } from '../registry.ts';
import { eventId, MANAGER, OWNER } from '../testing/arbitraries.ts';
import { roomAuthority } from '../testing/world.ts';
import { fold } from './fold.ts';

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

describe('the protocol', () => {
  it('[CORE-18] works without a clock and without randomness (the linter refuses to name them, see biome.json)', () => {
    const refuse = (): never => {
      throw new Error('not pure');
    };
    vi.spyOn(Math, 'random').mockImplementation(refuse);
    // biome-ignore lint/style/noRestrictedGlobals: it is named here to be taken away.
    vi.stubGlobal('Date', new Proxy(Date, { get: refuse, construct: refuse, apply: refuse }));
    vi.stubGlobal('crypto', undefined);
    vi.stubGlobal('fetch', refuse);
    const authority = roomAuthority();
    const { objects } = fixtureBoard({ cards: 20, people: [OWNER, MANAGER], seed: 1 });
    const changes = objects.map((object) => {
      const kind = kindOf(object.type);
      if (kind === null) throw new Error('no kind');
      const { object: merged } = fold(kind, authority, [{ ...object, eventId: eventId('$1'), sender: OWNER }]);
      return { ...object, content: kind.encode(merged), updateNeeded: false };
    });
    const board = reduceBoard(EMPTY_BOARD, changes);
    const [card] = board.cards.values();
    const [column] = board.columns;
    if (card === undefined || column === undefined) throw new Error('an empty board');
    expect(planMove(board, card.id, { column: column.id, index: 0 }, OWNER).ok).toBe(true);
  });
});
