import type { BesaceError, OutboxApi } from '@besace/matrix/api/types';
import { onScopeDispose, type ShallowRef, shallowRef } from 'vue';

/** For how long a message can be taken back into the composer, ms (MSG-43). */
const undoFor = 10_000;

/** What was sent a moment ago: its transaction ids, and what gives it back to the composer. */
export type JustSent = { readonly ids: readonly string[]; readonly restore: () => void };

/** Taking back what was just sent. Sending does not wait for it: what left is removed. Belongs to the scope that calls it. */
export function useUndo(api: Pick<OutboxApi, 'undo'>) {
  const last: ShallowRef<JustSent | null> = shallowRef(null);
  let timer: ReturnType<typeof setTimeout> | undefined;
  onScopeDispose(forget);

  function offer(sent: JustSent): void {
    forget();
    last.value = sent;
    timer = setTimeout(forget, undoFor);
  }

  function forget(): void {
    clearTimeout(timer);
    last.value = null;
  }

  /** Gives why it could not be taken back; null when it is back, and nothing when there was nothing to take back. */
  async function undo(): Promise<BesaceError | null> {
    const sent = last.value;
    if (sent === null) return null;
    forget();
    const answers = await Promise.all(sent.ids.map((id) => api.undo(id)));
    const failed = answers.find((answer) => !answer.ok);
    if (failed?.ok === false) return failed.error;
    sent.restore();
    return null;
  }

  return { last, offer, forget, undo };
}
