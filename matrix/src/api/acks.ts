import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { BesaceError, Outcome, Someone, Stop } from './common.ts';

/** Who was asked to acknowledge a message, and who has. */
export type Acknowledgements = {
  readonly author: Someone;
  readonly urgent: boolean;
  /** Those who were members where the message stands, without its author; whoever acknowledged, while the server has not said who was. */
  readonly people: readonly (Someone & {
    readonly acknowledged: boolean;
    /** False where it came in clear, as other applications send it: a server could have made it. */
    readonly proven: boolean;
  })[];
  /** Whether `people` are all who were asked. */
  readonly complete: boolean;
  readonly mine: 'not-asked' | 'asked' | 'acknowledged';
  readonly loading: boolean;
  readonly problem: BesaceError | null;
};

/** A message that waits for my acknowledgement. */
export type ToAcknowledge = {
  readonly roomId: RoomId;
  readonly eventId: EventId;
  readonly sender: Someone;
  /** Its first line. */
  readonly text: string;
  readonly urgent: boolean;
  /** Server time, ms, for display. */
  readonly at: number;
};

export interface AcksApi {
  /** Of a message that asks for it. Says nothing as long as that cannot be read. */
  watchAcknowledgements(
    roomId: RoomId,
    eventId: EventId,
    listener: (acknowledgements: Acknowledgements) => void,
  ): Promise<Stop>;
  /** Once is enough: asked again, it does nothing. Taken back like any reaction. */
  acknowledge(roomId: RoomId, eventId: EventId): Outcome<void>;
  /** What of all rooms waits for me, urgent first, as far as the messages were read on this device. */
  watchToAcknowledge(listener: (waiting: readonly ToAcknowledge[]) => void): Promise<Stop>;
}
