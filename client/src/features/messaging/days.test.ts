import { expect, test } from 'vitest';
import { dateField, dayLabel, dayOf, startOfDay } from './days.ts';

const words = { t: (key: string) => key, d: (_: number, format: string) => format };
const at = (year: number, month: number, day: number, hour = 12) => new Date(year, month - 1, day, hour).getTime();

test('[MSG-1] days are called by their nearness', () => {
  const now = new Date(2026, 2, 1, 0, 30);
  expect(dayLabel(at(2026, 3, 1, 0), now, words)).toBe('messaging.today');
  expect(dayLabel(at(2026, 2, 28, 23), now, words)).toBe('messaging.yesterday');
  expect(dayLabel(at(2026, 2, 27), now, words)).toBe('day');
  expect(dayLabel(at(2025, 12, 31), now, words)).toBe('date');
});

test('[MSG-1] a day is the local one', () => {
  expect(dayOf(at(2026, 11, 23, 0))).toBe(dayOf(at(2026, 11, 23, 23)));
  expect(dayOf(at(2026, 11, 23))).not.toBe(dayOf(at(2026, 12, 23)));
});

test('[MSG-62] a date field is a day of this place, and what is no day is none', () => {
  const noon = new Date(2026, 10, 2, 12).getTime();
  expect(dateField(noon)).toBe('2026-11-02');
  expect(startOfDay(dateField(noon))).toBe(new Date(2026, 10, 2).getTime());
  for (const nothing of ['', '2026-13-45', 'hier']) expect(startOfDay(nothing)).toBeNull();
});
