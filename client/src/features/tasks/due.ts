/** How a due date stands to today, for the words beside it. Both are calendar days, `YYYY-MM-DD`. */
export type DueState = 'late' | 'today' | 'tomorrow' | 'later';

const DAY = 86_400_000;

export function dueState(due: string, today: string): DueState {
  if (due < today) return 'late';
  if (due === today) return 'today';
  return Date.parse(due) - Date.parse(today) === DAY ? 'tomorrow' : 'later';
}

/** The calendar day where the person is. */
export function dayOf(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
}

/** Milliseconds until the next day begins. */
export function untilTomorrow(now: Date): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime() - now.getTime();
}

/** A calendar day as people write it; the year only where it is not this one. */
export function dueWords(due: string, today: string, locale: string): string {
  return format(locale, due.slice(0, 4) !== today.slice(0, 4)).format(new Date(`${due}T00:00:00Z`));
}

/** Making one costs a hundred times its use, and a board shows many dates. */
const formats = new Map<string, Intl.DateTimeFormat>();

function format(locale: string, withYear: boolean): Intl.DateTimeFormat {
  const key = `${locale} ${withYear}`;
  const made =
    formats.get(key) ??
    new Intl.DateTimeFormat(locale, {
      day: 'numeric',
      month: 'short',
      ...(withYear ? { year: 'numeric' } : {}),
      timeZone: 'UTC',
    });
  formats.set(key, made);
  return made;
}
