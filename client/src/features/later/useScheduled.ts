import type { BesaceError, LaterApi, Outcome, ScheduledMessage } from '@besace/matrix/api/types';
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/** What waits for its time, and what can be done with it (WAIT-1, WAIT-2). Belongs to the scope that calls it. */
export function useScheduled(api: LaterApi) {
  const list: ShallowRef<readonly ScheduledMessage[] | null> = shallowRef(null);
  const busy: ShallowRef<ReadonlySet<string>> = shallowRef(new Set());
  const problem: ShallowRef<BesaceError | null> = shallowRef(null);

  const watching = api.watchScheduled((scheduled) => {
    list.value = scheduled;
  });
  onScopeDispose(() => void watching.then((stop) => stop()));

  /** One thing at a time with one message. True when it was done. */
  async function act(id: string, run: () => Outcome<void>): Promise<boolean> {
    if (busy.value.has(id)) return false;
    busy.value = new Set(busy.value).add(id);
    const done = await run();
    const rest = new Set(busy.value);
    rest.delete(id);
    busy.value = rest;
    problem.value = done.ok ? null : done.error;
    return done.ok;
  }

  return {
    list,
    busy,
    problem,
    change: (id: string, due: number) => act(id, () => api.reschedule(id, due)),
    sendNow: (id: string) => act(id, () => api.sendNow(id)),
    cancel: (id: string) => act(id, () => api.cancelScheduled(id)),
  };
}
