/**
 * Arrow keys, Home and End in a list of rows: moves the focus among the elements that match `selector` in the event's list.
 * To be used as `@keydown="moveFocus"` on the list. Typing Tab leaves the list.
 */
export function moveFocus(event: KeyboardEvent, selector = 'a, button'): void {
  const step = { ArrowDown: 1, ArrowUp: -1, Home: 'first', End: 'last' }[event.key] as
    | 1
    | -1
    | 'first'
    | 'last'
    | undefined;
  const list = event.currentTarget;
  if (step === undefined || !(list instanceof HTMLElement) || event.altKey || event.ctrlKey || event.metaKey) return;
  const rows = [...list.querySelectorAll<HTMLElement>(selector)].filter((row) => row.offsetParent !== null);
  if (rows.length === 0) return;
  const at = rows.findIndex((row) => row.contains(document.activeElement));
  const next =
    step === 'first' ? 0 : step === 'last' ? rows.length - 1 : Math.min(rows.length - 1, Math.max(0, at + step));
  event.preventDefault();
  rows[next]?.focus();
}
