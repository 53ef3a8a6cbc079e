/** Moments that one is likely to choose for a message, in local time. */
export type SendTime = { readonly id: 'hour' | 'tomorrow' | 'monday'; readonly at: number };

const MORNING = 9;
const MONDAY = 1;

/** In an hour (to the minute), tomorrow at nine, next Monday at nine: left out where that is tomorrow. */
export function sendTimes(now: Date): readonly SendTime[] {
  const inAnHour = new Date(now.getTime() + 3_600_000);
  inAnHour.setSeconds(0, 0);
  const tomorrow = morning(now, 1);
  const toMonday = (MONDAY - now.getDay() + 7) % 7 || 7;
  const monday = morning(now, toMonday);
  return [
    { id: 'hour', at: inAnHour.getTime() },
    { id: 'tomorrow', at: tomorrow },
    ...(monday === tomorrow ? [] : [{ id: 'monday' as const, at: monday }]),
  ];
}

function morning(now: Date, days: number): number {
  return new Date(now.getFullYear(), now.getMonth(), now.getDate() + days, MORNING).getTime();
}
