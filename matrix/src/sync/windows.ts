import type { RoomId } from '@besace/protocol/core/ids';
import type { OpenRoomOptions } from '../session/context.ts';

/** Which rooms the server is asked for, and how much of each (MSC4186). */
export type Windows = {
  /** Rooms of the list that are asked for, from the most recent. */
  readonly listSize: number;
  readonly open: ReadonlyMap<RoomId, Required<OpenRoomOptions>>;
};

export type SyncPositions = { readonly toDevice: string | null };

/** The first screen of a room list; then the whole account in a few steps that each stay short on the server. */
const FIRST_SIZE = 20;
const STEP = 100;

type StatePair = readonly [type: string, stateKey: string];

/** State of every room of the list: clear state that the server reads, and the two encrypted singletons that a summary shows. */
const LIST_STATE: readonly StatePair[] = [
  ['m.room.create', ''],
  ['m.room.name', ''],
  ['m.room.encryption', ''],
  ['m.room.power_levels', ''],
  ['m.room.join_rules', ''],
  ['m.room.history_visibility', ''],
  ['m.room.member', '$ME'],
  ['m.room.member', '$LAZY'],
  ['m.space.child', '*'],
  ['m.room.encrypted', 'm.room.name:'],
];

const OPEN_STATE: readonly StatePair[] = [
  ...LIST_STATE,
  ['m.room.topic', ''],
  ['m.room.encrypted', 'm.room.topic:'],
  ['m.space.parent', '*'],
  ['m.room.tombstone', ''],
];

export const INITIAL_WINDOWS: Windows = { listSize: FIRST_SIZE, open: new Map() };

/** The next window after an answer: grows until it holds the account. */
export function growList(windows: Windows, total: number): Windows {
  if (windows.listSize >= total) return windows;
  const listSize = windows.listSize === FIRST_SIZE ? STEP : windows.listSize + STEP;
  return { ...windows, listSize };
}

/** The body of a sync request. `extraState` are encrypted singletons that slices show in a summary, as packed state keys. */
export function requestBody(
  windows: Windows,
  positions: SyncPositions,
  extraState: readonly string[],
): Record<string, unknown> {
  const extra: StatePair[] = extraState.map((key) => ['m.room.encrypted', key]);
  return {
    conn_id: 'besace',
    lists: {
      rooms: {
        ranges: [[0, Math.max(0, windows.listSize - 1)]],
        timeline_limit: 1,
        required_state: [...LIST_STATE, ...extra],
      },
    },
    room_subscriptions: Object.fromEntries(
      [...windows.open].map(([roomId, options]) => [
        roomId,
        {
          timeline_limit: options.timelineLimit,
          required_state: options.encryptedState
            ? [...OPEN_STATE.filter(([type]) => type !== 'm.room.encrypted'), ['m.room.encrypted', '*']]
            : [...OPEN_STATE, ...extra],
        },
      ]),
    ),
    extensions: {
      to_device: { enabled: true, limit: 100, ...(positions.toDevice === null ? {} : { since: positions.toDevice }) },
      e2ee: { enabled: true },
      account_data: { enabled: true },
      receipts: { enabled: true },
      typing: { enabled: true },
    },
  };
}
