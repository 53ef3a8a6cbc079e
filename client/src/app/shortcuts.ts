import { onScopeDispose, shallowReactive } from 'vue';

/** `Mod` is Ctrl, or Cmd on a Mac. Letters without Mod do nothing while the person types in a field. */
export type Shortcut = {
  /** Such as `Mod+K`, `?`, `Escape`, `Alt+ArrowDown`. */
  readonly keys: string;
  /** Key of the sentence that `?` shows. */
  readonly label: string;
  readonly run: (event: KeyboardEvent) => void;
};

/** Those in force now, latest first: what is on top of the page answers first. */
export const shortcuts: Shortcut[] = shallowReactive([]);

/** In force as long as the calling component or scope lives. */
export function useShortcut(shortcut: Shortcut): void {
  shortcuts.unshift(shortcut);
  onScopeDispose(() => {
    const index = shortcuts.indexOf(shortcut);
    if (index >= 0) shortcuts.splice(index, 1);
  });
}

/** Runs the shortcut of a key event, if there is one. To be called by the one listener of the page. */
export function runShortcut(event: KeyboardEvent): boolean {
  if (event.defaultPrevented || event.isComposing) return false;
  const typed = keysOf(event);
  // A menu, a dialog or a list on top of the page closes first, and by itself, unless somebody has answered before.
  if (typed === 'Escape' && isLayerOpen()) return false;
  const inField = isField(event.target);
  const found = shortcuts.find((shortcut) => shortcut.keys === typed && !(inField && isPlain(typed)));
  if (!found) return false;
  event.preventDefault();
  found.run(event);
  return true;
}

/** The name of what was typed: `?` rather than `Shift+/`, so that every keyboard layout has it. */
export function keysOf(event: Pick<KeyboardEvent, 'key' | 'ctrlKey' | 'metaKey' | 'altKey' | 'shiftKey'>): string {
  const key = event.key.length === 1 ? event.key.toUpperCase() : event.key;
  const shift = event.shiftKey && event.key.length > 1;
  return [event.ctrlKey || event.metaKey ? 'Mod' : '', event.altKey ? 'Alt' : '', shift ? 'Shift' : '', key]
    .filter(Boolean)
    .join('+');
}

function isPlain(keys: string): boolean {
  return keys.length === 1;
}

/** Reka's layers carry this attribute; a view of a test has no page. */
function isLayerOpen(): boolean {
  return typeof document !== 'undefined' && document.querySelector('[data-dismissable-layer]') !== null;
}

function isField(target: EventTarget | null): boolean {
  if (!target || !('tagName' in target)) return false;
  const element = target as HTMLElement;
  return ['INPUT', 'TEXTAREA', 'SELECT'].includes(element.tagName) || element.isContentEditable;
}
