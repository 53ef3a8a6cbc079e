/** What the name of a day needs of the translations. */
export type DayWords = {
  t(key: string): string;
  d(at: number, format: string): string;
};

/** The local calendar day of a moment in ms, as a string to compare. */
export function dayOf(at: number): string {
  const date = new Date(at);
  return `${date.getFullYear()}-${date.getMonth() + 1}-${date.getDate()}`;
}

/** « Aujourd'hui », « hier », the day in full this year, the date in other years. */
export function dayLabel(at: number, now: Date, { t, d }: DayWords): string {
  const day = dayOf(at);
  if (day === dayOf(now.getTime())) {
    return t('messaging.today');
  }
  const yesterday = new Date(now.getFullYear(), now.getMonth(), now.getDate() - 1, 12);
  if (day === dayOf(yesterday.getTime())) {
    return t('messaging.yesterday');
  }
  return d(at, new Date(at).getFullYear() === now.getFullYear() ? 'day' : 'date');
}

/** A day as a date field has it (`2026-11-22`), in local time. */
export function dateField(at: number): string {
  const date = new Date(at);
  const two = (part: number) => String(part).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** When the day of a date field begins here, ms; null for what is no day. */
export function startOfDay(field: string): number | null {
  const at = /^\d{4}-\d{2}-\d{2}$/.test(field) ? new Date(`${field}T00:00:00`).getTime() : Number.NaN;
  return Number.isNaN(at) ? null : at;
}
