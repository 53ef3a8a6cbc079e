import { shallowReactive } from 'vue';
import { announce } from './announce.ts';

/** A sentence that passes, with at most one thing to do: undo, rather than "are you sure". */
export type Toast = {
  readonly id: number;
  readonly look: 'info' | 'danger';
  readonly text: string;
  readonly action: { readonly label: string; readonly run: () => void } | null;
};

export type NewToast = { text: string; look?: Toast['look']; action?: Toast['action'] };

export const toasts: Toast[] = shallowReactive([]);

let next = 1;

/** `show(...)` gives a function that takes it away. One with an action, or about a failure, stays 12 s; others 6 s. */
export function useToasts(): { show(toast: NewToast): () => void } {
  return { show };
}

function show({ text, look = 'info', action = null }: NewToast): () => void {
  const toast: Toast = { id: next++, look, text, action };
  toasts.push(toast);
  if (toasts.length > 3) toasts.shift();
  announce(text);
  const timer = setTimeout(() => dismiss(toast), action || look === 'danger' ? 12_000 : 6_000);
  return () => {
    clearTimeout(timer);
    dismiss(toast);
  };
}

export function dismiss(toast: Toast): void {
  const index = toasts.indexOf(toast);
  if (index >= 0) toasts.splice(index, 1);
}
