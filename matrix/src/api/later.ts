import type { RoomId } from '@besace/protocol/core/ids';
import type { BesaceError, Outcome, Stop } from './common.ts';

/** A message that is to be sent at a time. `sendText` with `due` makes one. */
export type ScheduledMessage = {
  readonly id: string;
  readonly roomId: RoomId;
  /** When it is due, ms since the Unix epoch. */
  readonly due: number;
  readonly text: string;
  /**
   * Who sends it. `server`: it leaves at its time even when every device is off. `this-device`, `other-device`: it leaves once that device is on, at its
   * time or after.
   */
  readonly heldBy: 'server' | 'this-device' | 'other-device';
  /** The server let it go at its time, and it is not in the room: the person decides. */
  readonly problem: BesaceError | null;
};

export interface LaterApi {
  /** Those due first are first. */
  watchScheduled(listener: (scheduled: readonly ScheduledMessage[]) => void): Promise<Stop>;
  /** Another time; `not-found` when it has left already. */
  reschedule(id: string, due: number): Outcome<void>;
  sendNow(id: string): Outcome<void>;
  cancelScheduled(id: string): Outcome<void>;
}
