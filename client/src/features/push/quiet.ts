import * as v from 'valibot';

const time = v.pipe(v.string(), v.regex(/^([01]\d|2[0-3]):[0-5]\d$/));

const choices = v.object({
  /** What a notification shows: nothing comes at all, that something came, from whom and where, or the text too. */
  show: v.picklist(['off', 'nothing', 'sender', 'full']),
  /** Hours in which nothing calls, local time; from the evening until the morning where `to` is not after `from`. Days on which they begin: 1 is Monday, 7 Sunday. */
  quiet: v.object({
    on: v.boolean(),
    from: time,
    to: time,
    days: v.pipe(v.array(v.pipe(v.number(), v.integer(), v.minValue(1), v.maxValue(7))), v.maxLength(7)),
  }),
  /** One line afterwards tells what the quiet hours held back. */
  digest: v.boolean(),
  /** Whose messages wake this browser when no page is open, and what her store on this device is called. */
  wakeFor: v.nullable(v.object({ userId: v.string(), storagePrefix: v.pipe(v.string(), v.regex(/^besace[\w-]*$/)) })),
});

export type Choices = v.InferOutput<typeof choices>;
export type QuietHours = Choices['quiet'];

export const USUAL: Choices = {
  show: 'off',
  quiet: { on: false, from: '19:00', to: '08:00', days: [1, 2, 3, 4, 5] },
  digest: true,
  wakeFor: null,
};

/** What is kept, as text or as it was; one choice that does not parse counts as not made. */
export function parseChoices(kept: unknown): Choices {
  const { entries } = choices;
  const usual = v.object({
    show: v.fallback(entries.show, USUAL.show),
    quiet: v.fallback(entries.quiet, USUAL.quiet),
    digest: v.fallback(entries.digest, USUAL.digest),
    wakeFor: v.fallback(entries.wakeFor, USUAL.wakeFor),
  });
  const parsed = v.safeParse(usual, typeof kept === 'string' ? jsonOf(kept) : kept);
  return parsed.success ? parsed.output : USUAL;
}

function jsonOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether this moment, in the time of this place, is in the quiet hours. */
export function isQuiet(quiet: QuietHours, now: Date): boolean {
  if (!quiet.on) return false;
  const from = minutesOf(quiet.from);
  const to = minutesOf(quiet.to);
  const minute = now.getHours() * 60 + now.getMinutes();
  const today = dayOf(now);
  if (from < to) return quiet.days.includes(today) && minute >= from && minute < to;
  // Over midnight: the evening is of the day on which they began, the morning of the day before.
  const yesterday = today === 1 ? 7 : today - 1;
  return (quiet.days.includes(today) && minute >= from) || (quiet.days.includes(yesterday) && minute < to);
}

function minutesOf(text: string): number {
  const [hours = 0, minutes = 0] = text.split(':').map(Number);
  return hours * 60 + minutes;
}

/** 1 is Monday, 7 Sunday. */
function dayOf(date: Date): number {
  return date.getDay() === 0 ? 7 : date.getDay();
}
