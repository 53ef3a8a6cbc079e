import type { TimelineApi } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';

/** How often typing is announced again while one types, and after what silence it is taken back, in ms (MSG-10). */
const typingEach = 4_000;
const typingSilence = 6_000;

/** Tells the others that one types. `note` at each key; `end` when there is nothing more to come. */
export function typingNotices(deps: {
  readonly api: Pick<TimelineApi, 'setTyping'>;
  readonly roomId: RoomId;
  now(): number;
}) {
  let announced: number | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function note(): void {
    clearTimeout(silence);
    silence = setTimeout(end, typingSilence);
    const now = deps.now();
    if (announced === null || now - announced >= typingEach) {
      announced = now;
      // A lost typing notice costs nobody anything: its failure is not worth a word.
      void deps.api.setTyping(deps.roomId, true);
    }
  }

  function end(): void {
    clearTimeout(silence);
    if (announced !== null) {
      announced = null;
      void deps.api.setTyping(deps.roomId, false);
    }
  }

  return { note, end };
}
