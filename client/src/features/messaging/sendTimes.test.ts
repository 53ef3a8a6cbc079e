import { expect, it } from 'vitest';
import { sendTimes } from './sendTimes.ts';

it('[MSG-80] proposes an hour from now, tomorrow and Monday at nine, in local time', () => {
  const wednesday = new Date(2026, 10, 18, 16, 20, 31);
  expect(sendTimes(wednesday)).toEqual([
    { id: 'hour', at: new Date(2026, 10, 18, 17, 20).getTime() },
    { id: 'tomorrow', at: new Date(2026, 10, 19, 9).getTime() },
    { id: 'monday', at: new Date(2026, 10, 23, 9).getTime() },
  ]);
  const sunday = new Date(2026, 10, 22, 23, 59);
  expect(sendTimes(sunday).map(({ id }) => id)).toEqual(['hour', 'tomorrow']);
  const monday = new Date(2026, 10, 23, 8);
  expect(sendTimes(monday).at(-1)?.at).toBe(new Date(2026, 10, 30, 9).getTime());
});
