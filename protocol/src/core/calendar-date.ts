const FIRST_YEAR = 1970;
const DAYS = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
const FIVE_MINUTES = 5 * 60 * 1000;

/** Whether `text` is a day that exists, written `YYYY-MM-DD`, from 1970 to 9999. A day has no hour and no zone: it is the same everywhere. */
export function isCalendarDate(text: string): boolean {
  const parts = /^(\d{4})-(\d{2})-(\d{2})$/.exec(text);
  if (parts === null) return false;
  const year = Number(parts[1]);
  const month = Number(parts[2]);
  const day = Number(parts[3]);
  return year >= FIRST_YEAR && month >= 1 && day >= 1 && day <= daysIn(year, month);
}

/** Whether a server's date, in ms, is to be shown as doubtful: not a date, or more than five minutes ahead of `now` (T4). */
export function isDoubtfulDate(at: number, now: number): boolean {
  return !Number.isSafeInteger(at) || at < 0 || at > now + FIVE_MINUTES;
}

function daysIn(year: number, month: number): number {
  const leap = month === 2 && year % 4 === 0 && (year % 100 !== 0 || year % 400 === 0);
  return (DAYS[month - 1] ?? 0) + (leap ? 1 : 0);
}
