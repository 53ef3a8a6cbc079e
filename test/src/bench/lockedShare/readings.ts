import type { Timeline } from '@besace/matrix/api/types';

/** What the devices of the life were shown, and how long it took to open. Times in ms, of one clock. */
export interface Readings {
  /** A device was shown a timeline. `since`: from when on it was able to open what it is shown. */
  saw(device: string, timeline: Timeline, since: number): void;
  /** A device ended, or its person left: what is locked there by now is judged, and nothing more is expected. */
  ended(device: string, room: string): void;
  result(): { readonly expected: number; readonly late: readonly string[] };
}

const PATIENCE_MS = 4_000;
/** Of a timeline that is told anew, what is looked at: what stood before was looked at before. */
const LOOKED_AT = 200;

type Open = { readonly from: number; readonly device: string; readonly room: string; readonly why: string };

export function createReadings(now: () => number): Readings {
  const done = new Set<string>();
  const open = new Map<string, Open>();
  const late: string[] = [];

  function judge(key: string, one: Open, at: number): void {
    open.delete(key);
    done.add(key);
    if (at - one.from > PATIENCE_MS) late.push(`${key} ${one.why} after ${Math.round(at - one.from)} ms`);
  }

  return {
    saw(device, timeline, since) {
      const at = now();
      for (const { eventId, body } of timeline.items.slice(-LOOKED_AT)) {
        if (eventId === null || (body.kind !== 'text' && body.kind !== 'locked')) continue;
        const key = `${device} ${eventId}`;
        if (done.has(key)) continue;
        const before = open.get(key);
        if (body.kind === 'text') {
          if (before === undefined) done.add(key);
          else judge(key, before, at);
        } else if (body.why !== 'before-you-joined' && before === undefined) {
          const room = device.slice(device.indexOf('!'));
          open.set(key, { from: Math.max(at, since), device, room, why: body.why });
        }
      }
    },
    ended(device, room) {
      const at = now();
      for (const [key, one] of open) if (one.device === device && one.room === room) judge(key, one, at);
    },
    result() {
      const at = now();
      for (const [key, one] of open) judge(key, one, at);
      return { expected: done.size, late };
    },
  };
}
