import { EMPTY_TIMELINE } from '@besace/matrix/api/emptyTimeline';
import type { TimelineItem } from '@besace/matrix/api/types';
import { expect, it } from 'vitest';
import { createReadings } from './readings.ts';

const text = { kind: 'text' as const, text: '', html: null, emote: false, notice: false };
const locked = { kind: 'locked' as const, why: 'waiting-for-key' as const };
const before = { kind: 'locked' as const, why: 'before-you-joined' as const };
const show = (...bodies: readonly [string, TimelineItem['body']][]) => ({
  ...EMPTY_TIMELINE,
  items: bodies.map(([eventId, body]) => ({ eventId, body }) as unknown as TimelineItem),
});

it('[T6] counts what a device should open, and what opens late or never', () => {
  let now = 0;
  const readings = createReadings(() => now);
  readings.saw('a !r', show(['$1', text], ['$2', locked], ['$3', locked], ['$0', before]), 0);
  now = 3_999;
  readings.saw('a !r', show(['$1', text], ['$2', text], ['$3', locked], ['$4', locked]), 0);
  now = 4_001;
  readings.saw('a !r', show(['$3', text], ['$4', locked]), 0);
  expect(readings.result()).toMatchObject({ expected: 4, late: [expect.stringContaining('$3')] });
});

it('[T6] expects nothing before the device was verified, nor after it ended', () => {
  let now = 0;
  const readings = createReadings(() => now);
  readings.saw('a !r', show(['$1', locked]), 3_000);
  now = 6_000;
  readings.ended('a !r', '!r');
  now = 60_000;
  expect(readings.result()).toEqual({ expected: 1, late: [] });
});
