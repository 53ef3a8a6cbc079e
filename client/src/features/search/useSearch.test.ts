import type { SearchHit, SearchInput, SearchPage, SearchProgress } from '@besace/matrix/api/types';
import { parseEventId, parseRoomId, parseUserId } from '@besace/protocol/core/ids';
import { err, ok, type Result } from '@besace/protocol/core/result';
import { describe, expect, it, vi } from 'vitest';
import { effectScope, nextTick, shallowRef } from 'vue';
import { watched } from '../../testing/watchedApi.ts';
import { type Asked, askedFrom, inputOf, messagePath, NOTHING_ASKED, queryOf } from './address.ts';
import { groupsOf, piecesOf, useSearch } from './useSearch.ts';

function idOf<T>(parsed: Result<T, unknown>): T {
  if (!parsed.ok) throw new Error('not an id');
  return parsed.value;
}
const room = (name: string) => idOf(parseRoomId(`!${name}`));
const sophie = idOf(parseUserId('@sophie:culture.test'));

function hit(name: string, inRoom = 'a'): SearchHit {
  return {
    roomId: room(inRoom),
    eventId: idOf(parseEventId(`$${name}`)),
    sender: sophie,
    senderName: 'Sophie',
    outsider: false,
    at: 1,
    kind: 'text',
    text: name,
    ranges: [],
    cut: { start: false, end: false },
    before: null,
    after: null,
  };
}

function page(hits: readonly SearchHit[], next: string | null = null): SearchPage {
  return { hits, total: hits.length, partial: false, next };
}

function scene(answer: (input: SearchInput) => ReturnType<Parameters<typeof useSearch>[0]['search']>) {
  const progress = watched<SearchProgress>({ kind: 'complete', messages: 3 });
  const inputs: SearchInput[] = [];
  const asked = shallowRef<Asked>(NOTHING_ASKED);
  const scope = effectScope();
  const api = {
    search: (input: SearchInput) => {
      inputs.push(input);
      return answer(input);
    },
    watchSearchProgress: progress.watch as Parameters<typeof useSearch>[0]['watchSearchProgress'],
  };
  const model = scope.run(() => useSearch(api, asked, { pause: 0 }));
  if (model === undefined) throw new Error('no scope');
  return { model, asked, inputs, progress, end: () => scope.stop() };
}

const asking = (query: string): Asked => ({ ...NOTHING_ASKED, query });

describe('the address of a search', () => {
  it('says all that is asked, and reads it back; what does not parse counts as not asked [SEARCH-1]', () => {
    const asked: Asked = {
      query: 'réu bud',
      sender: sophie,
      roomId: room('a'),
      from: '2026-01-02',
      to: '2026-01-02',
      files: true,
    };
    expect(askedFrom(queryOf(asked))).toEqual(asked);
    expect(queryOf(NOTHING_ASKED)).toEqual({});
    expect(askedFrom({ q: ['x'], de: 'nobody', salon: 3, du: '2026-1-1', au: '"><script>' })).toEqual(NOTHING_ASKED);
  });

  it('takes both days whole, in local time, and signs alone for nothing [SEARCH-3]', () => {
    const input = inputOf({ ...asking('x'), from: '2026-01-02', to: '2026-01-02' });
    expect(input?.filters?.from).toBe(new Date(2026, 0, 2).getTime());
    expect(input?.filters?.before).toBe(new Date(2026, 0, 3).getTime());
    expect(inputOf(asking('  '))).toBeNull();
    expect(inputOf({ ...NOTHING_ASKED, files: true })).toEqual({ query: '', filters: { hasFile: true } });
  });

  it('of a result is that of its message in the conversation [SEARCH-5]', () => {
    expect(messagePath(room('a/b'), '$x?y')).toBe('/salon/!a%2Fb/discussion?message=%24x%3Fy');
  });
});

describe('searching', () => {
  it('asks once typing pauses, and shows the answer to the latest question only [SEARCH-2]', async () => {
    const answers: ((value: SearchPage) => void)[] = [];
    const { model, asked, inputs, end } = scene(
      () => new Promise((resolve) => answers.push((value) => resolve(ok(value)))),
    );
    asked.value = asking('bud');
    await vi.waitFor(() => expect(inputs).toHaveLength(1));
    asked.value = asking('budget');
    await vi.waitFor(() => expect(inputs).toHaveLength(2));
    answers[1]?.(page([hit('new')]));
    answers[0]?.(page([hit('old')]));
    await vi.waitFor(() => expect(model.state.value.kind).toBe('found'));
    expect(model.found.value?.hits.map(({ text }) => text)).toEqual(['new']);
    asked.value = asking('budgets');
    await nextTick();
    expect(model.state.value.kind).toBe('searching');
    expect(model.found.value?.hits).toHaveLength(1);
    asked.value = NOTHING_ASKED;
    await nextTick();
    expect(model.state.value).toEqual({ kind: 'idle' });
    end();
  });

  it('shows what comes after, and says what went wrong', async () => {
    let fail = false;
    const { model, asked, end } = scene(async ({ cursor }) => {
      if (fail) return err({ code: 'unexpected', id: 'x' });
      return ok(cursor ? page([hit('second')]) : { ...page([hit('first')], 'next'), total: 2 });
    });
    asked.value = asking('x');
    await vi.waitFor(() => expect(model.found.value?.next).toBe('next'));
    await model.more();
    expect(model.found.value?.hits.map(({ text }) => text)).toEqual(['first', 'second']);
    fail = true;
    await model.again();
    expect(model.state.value).toMatchObject({ kind: 'failed', error: { code: 'unexpected' } });
    end();
  });

  it('looks again when everything was read and nothing had been found [SEARCH-6]', async () => {
    const { model, asked, inputs, progress, end } = scene(async () => ok(page([])));
    progress.say({ kind: 'reading', messages: 3, rooms: 1, until: 5 });
    asked.value = asking('x');
    await vi.waitFor(() => expect(model.state.value.kind).toBe('found'));
    expect(model.progress.value).toMatchObject({ kind: 'reading', until: 5 });
    progress.say({ kind: 'complete', messages: 9 });
    await vi.waitFor(() => expect(inputs).toHaveLength(2));
    end();
  });

  it('groups by room, and marks what was found as text [SEARCH-4]', () => {
    const groups = groupsOf([hit('1'), hit('2', 'b'), hit('3')]);
    expect(groups.map(({ hits }) => hits.map(({ text }) => text))).toEqual([['1', '3'], ['2']]);
    expect(piecesOf({ text: '<b>un</b> deux', ranges: [[3, 5]] })).toEqual([
      { text: '<b>', found: false },
      { text: 'un', found: true },
      { text: '</b> deux', found: false },
    ]);
    expect(
      piecesOf({
        text: 'ab',
        ranges: [
          [1, 9],
          [1, 0],
        ],
      }),
    ).toEqual([{ text: 'ab', found: false }]);
  });
});
