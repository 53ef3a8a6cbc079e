import type { BesaceError } from '@besace/matrix/api/types';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { effectScope } from 'vue';
import type { Directory, Person } from './directoryClient.ts';
import { person } from './testing.ts';
import { peopleOf, usePeopleSearch } from './usePeopleSearch.ts';

type Asked = { query: string; answer(result: Result<readonly Person[], BesaceError>): void };

function open() {
  const asked: Asked[] = [];
  const directory: Directory = {
    search: (query) => new Promise((answer) => asked.push({ query, answer })),
  };
  const scope = effectScope();
  const search = scope.run(() => usePeopleSearch(directory));
  if (search === undefined) throw new Error('no scope');
  return { search, asked, scope };
}

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

describe('finding people', () => {
  test('[PEOPLE-1] asks once the person stops typing, from two characters on', () => {
    const { search, asked } = open();
    search.input('c');
    vi.advanceTimersByTime(1000);
    search.input('cl');
    vi.advanceTimersByTime(200);
    search.input('cla');
    vi.advanceTimersByTime(249);
    expect(asked).toHaveLength(0);
    vi.advanceTimersByTime(1);
    expect(asked.map(({ query }) => query)).toEqual(['cla']);
  });

  test('[PEOPLE-2] an older answer that comes late is dropped', async () => {
    const { search, asked } = open();
    search.input('cla');
    vi.advanceTimersByTime(250);
    search.input('clar');
    vi.advanceTimersByTime(250);
    asked[1]?.answer(ok([person('clara')]));
    await vi.runAllTimersAsync();
    asked[0]?.answer(ok([person('claire')]));
    await vi.runAllTimersAsync();
    expect(peopleOf(search.state.value).map(({ name }) => name)).toEqual(['clara']);
  });

  test('what was found stays while the next question is under way, and a failure can be tried again', async () => {
    const { search, asked } = open();
    search.input('cla');
    vi.advanceTimersByTime(250);
    asked[0]?.answer(ok([person('claire')]));
    await vi.runAllTimersAsync();
    search.input('clai');
    expect(peopleOf(search.state.value)).toHaveLength(1);
    vi.advanceTimersByTime(250);
    asked[1]?.answer(err({ code: 'offline' }));
    await vi.runAllTimersAsync();
    expect(search.state.value).toEqual({ kind: 'failed', error: { code: 'offline' } });
    void search.again();
    expect(asked[2]?.query).toBe('clai');
  });

  test('nothing is asked any more once the scope ends', () => {
    const { search, asked, scope } = open();
    search.input('claire');
    scope.stop();
    vi.advanceTimersByTime(1000);
    expect(asked).toHaveLength(0);
  });
});
