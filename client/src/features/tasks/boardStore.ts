import type { BesaceError, Holes, ObjectsApi, ObjectsChange, SendState, StoredObject } from '@besace/matrix/api/types';
import type { ObjectId, RoomId, UserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { type BoardState, EMPTY_BOARD, reduceBoard, taskKind, type Write } from '@besace/protocol/features/tasks';
import { type ShallowRef, shallowReactive, shallowRef } from 'vue';
import { Overlay } from './overlay.ts';

/** What is known of a card beside its content. */
export type Note = {
  /** Who wrote its newest version. */
  readonly by: UserId;
  /** Server time, ms: for display. */
  readonly at: number;
  readonly sending: SendState | null;
};

/** A change that was accepted, then refused by the server. */
export type Refused = { readonly id: ObjectId; readonly title: string; readonly error: BesaceError };

export type StoreDeps = {
  readonly api: ObjectsApi;
  readonly roomId: RoomId;
  /** Runs once, before the next frame is drawn. */
  frame(run: () => void): void;
  /** Milliseconds, monotonic. */
  clock(): number;
};

/** One room's board as it is shown: what the session told, with my writes laid over it. */
export interface BoardStore {
  /** Replaced at most once a frame, and at once by my own writes. Parts that did not change are the same objects. */
  readonly state: Readonly<ShallowRef<BoardState>>;
  /** By card; reading one follows that one only. */
  readonly notes: ReadonlyMap<ObjectId, Note>;
  readonly holes: Readonly<ShallowRef<Holes>>;
  /** Something was told: before that, nothing is known of the board. */
  readonly known: Readonly<ShallowRef<boolean>>;
  readonly complete: Readonly<ShallowRef<boolean>>;
  readonly refused: Readonly<ShallowRef<Refused | null>>;
  /** Shows it at once, then asks the session. On a refusal the screen goes back, and the first reason is given. */
  write(writes: readonly Write[]): Promise<Result<void, BesaceError>>;
  stop(): void;
}

/** Work a frame, ms: leaves room for drawing in the 16 ms of one. */
const FRAME_BUDGET = 8;
/** The same while there is nothing to draw yet. */
const FIRST_BUDGET = 24;
/** While a board comes in, what came is drawn after so many ms, not in every frame: its cards still change places. */
const CALM = 400;
const NO_HOLES: Holes = { locked: 0, invalid: 0, forbidden: 0, rollbacks: 0 };

export function createBoardStore({ api, roomId, frame, clock }: StoreDeps): BoardStore {
  const state = shallowRef(EMPTY_BOARD);
  const notes = shallowReactive(new Map<ObjectId, Note>());
  const holes = shallowRef(NO_HOLES);
  const known = shallowRef(false);
  const complete = shallowRef(false);
  const refused = shallowRef<Refused | null>(null);
  const overlay = new Overlay();
  const queue: ObjectsChange[] = [];
  let told: BoardState = EMPTY_BOARD;
  /** What a reset tells anew, kept aside until all that has come of it is folded: the screen does not blink. */
  let anew: BoardState | null = null;
  /** In the middle of a reset: more of it is to come. */
  let telling = false;
  /** A reset came to its end since what is drawn was drawn. */
  let ended = false;
  /** When what is drawn was drawn, by the clock. */
  let shownAt = Number.NEGATIVE_INFINITY;
  let asked = false;
  let stopped = false;

  const stopping = api.watchObjects(roomId, (change) => {
    if (stopped) return;
    queue.push(change);
    ask();
  });

  function ask(): void {
    if (asked) return;
    asked = true;
    frame(() => {
      asked = false;
      if (!stopped) fold();
    });
  }

  /** Batches in turn until the frame's time is used up; what is left waits for the next one. */
  function fold(): void {
    const until = clock() + (state.value === EMPTY_BOARD ? FIRST_BUDGET : FRAME_BUDGET);
    do {
      const change = queue.shift();
      if (change === undefined) break;
      foldOne(change);
    } while (clock() < until);
    const gathers = telling || (!complete.value && !ended && state.value.cards.size > 0);
    const early = gathers && clock() - shownAt < CALM;
    ended &&= early;
    if (queue.length > 0 || early) ask();
    if (!early) show();
  }

  function foldOne(change: ObjectsChange): void {
    if (change.reset) {
      anew = told === EMPTY_BOARD ? null : EMPTY_BOARD;
      telling = true;
      shownAt = clock();
    }
    if (anew === null) told = reduceBoard(told, change.objects);
    // Cards that are told as they were stay the same objects, and are not drawn again.
    else anew = reduceBoard(anew, change.objects, told);
    for (const object of change.objects) {
      if (!overlay.empty) overlay.told(object, object.sending?.kind === 'refused', anew ?? told);
      if (object.type === taskKind.type) note(object);
    }
    if (telling && change.more !== true) {
      told = anew ?? told;
      anew = null;
      telling = false;
      ended = true;
    }
    if (!sameHoles(holes.value, change.holes)) holes.value = change.holes;
    complete.value = change.complete;
    known.value = true;
  }

  function note({ objectId, lastSender: by, lastAt: at, sending }: StoredObject): void {
    const before = notes.get(objectId);
    if (before?.by === by && before.at === at && sameSending(before.sending, sending)) return;
    notes.set(objectId, { by, at, sending });
    if (before !== undefined && before.sending?.kind !== 'refused' && sending?.kind === 'refused') {
      refused.value = { id: objectId, title: told.cards.get(objectId)?.title ?? '', error: sending.error };
    }
  }

  function show(): void {
    const next = overlay.empty ? told : reduceBoard(told, overlay.changes(told));
    if (next === state.value) return;
    state.value = next;
    shownAt = clock();
  }

  async function write(writes: readonly Write[]): Promise<Result<void, BesaceError>> {
    for (const one of writes) overlay.lay(one);
    show();
    const answers = await Promise.all(
      writes.map(async (one) => {
        const answer = await attempt(api.writeObject(roomId, one.type, one.objectId, one.content));
        overlay.answered(one, answer.ok, told);
        return answer;
      }),
    );
    show();
    const failed = answers.find((answer) => !answer.ok);
    return failed === undefined || failed.ok ? ok(undefined) : err(failed.error);
  }

  return {
    state,
    notes,
    holes,
    known,
    complete,
    refused,
    write,
    stop() {
      stopped = true;
      void stopping.then((stop) => stop());
    },
  };
}

/** A session that broke off in the middle of a call has an answer too: the screen goes back, and the person is told. */
async function attempt(call: Promise<Result<void, BesaceError>>): Promise<Result<void, BesaceError>> {
  try {
    return await call;
  } catch (error) {
    return err({ code: 'unexpected', detail: error instanceof Error ? error.message : String(error) });
  }
}

function sameHoles(a: Holes, b: Holes): boolean {
  return a.locked === b.locked && a.invalid === b.invalid && a.forbidden === b.forbidden && a.rollbacks === b.rollbacks;
}

function sameSending(a: SendState | null, b: SendState | null): boolean {
  return a?.kind === b?.kind && (a?.kind !== 'refused' || b?.kind !== 'refused' || a.error.code === b.error.code);
}
