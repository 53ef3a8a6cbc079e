import { nextTick, onBeforeUnmount, onMounted, type Ref, ref, watch } from 'vue';
import type { Row } from './rows.ts';
import { openingRow } from './rows.ts';
import { follow, growDown, growUp, openAt, type Window } from './window.ts';

export type ScrollKeeperDeps = {
  /** The element that scrolls. Its rows carry `data-key`. */
  readonly box: Readonly<Ref<HTMLElement | null>>;
  /** What holds the rows: its size changes with them. */
  readonly content: Readonly<Ref<HTMLElement | null>>;
  readonly rows: Readonly<Ref<readonly Row[]>>;
  /** The row to open at, where it is not the unread line or the end. */
  readonly target: Readonly<Ref<string | null>>;
  /** Whether there is more after the last row: the end of the rows is then not the end. */
  readonly moreBelow: Readonly<Ref<boolean>>;
  loadOlder(): void;
  loadNewer(): void;
  /** What is on screen changed: the key of the last row that is wholly visible. */
  seen(key: string): void;
};

/** Nearer to an end than this, in px, more rows are shown there. */
const near = 800;
/** At most this far from the end, in px, one is at the end. */
const slack = 32;

/**
 * Keeps what is being read where it is, whatever loads or grows around it (MSG-6, MSG-7). The browser's own scroll anchoring is off
 * (`overflow-anchor: none`): it does not know about rows that leave the document, and not every browser has it.
 */
export function useScrollKeeper(deps: ScrollKeeperDeps) {
  const { box, content, rows, target, moreBelow, loadOlder, loadNewer, seen } = deps;
  const shown = ref<Window>({ start: 0, end: 0 });
  const atEnd = ref(true);
  let anchor: { readonly key: string; readonly top: number } | null = null;
  let opened = false;
  /** Until the person scrolls, a later unread line still decides where the room opens. */
  let touched = false;
  let resize: ResizeObserver | null = null;

  watch(
    rows,
    (now, before) => {
      if (!opened || (!touched && target.value === null && unreadKey(now) !== unreadKey(before))) {
        open(now);
        return;
      }
      record();
      const from = before.map((row) => row.key);
      shown.value = follow(
        shown.value,
        from,
        now.map((row) => row.key),
      );
      void nextTick().then(settle);
    },
    { flush: 'pre' },
  );

  watch(moreBelow, () => void nextTick().then(settle));

  onMounted(() => {
    resize = new ResizeObserver(settle);
    if (content.value !== null) resize.observe(content.value);
    if (box.value !== null) resize.observe(box.value);
    open(rows.value);
  });
  onBeforeUnmount(() => resize?.disconnect());

  function open(now: readonly Row[]): void {
    if (now.length === 0) {
      return;
    }
    opened = true;
    const sought = target.value === null ? -1 : now.findIndex((row) => holds(row, target.value));
    const index = sought === -1 ? openingRow(now) : sought;
    const row = now[index];
    shown.value = openAt(index, now.length);
    atEnd.value = sought === -1 && row?.kind !== 'unread' && !moreBelow.value;
    void nextTick().then(() => {
      if (row !== undefined && !atEnd.value) {
        place(row.key, 0.25);
        atEnd.value = isAtEnd();
      } else {
        toBottom();
      }
      look();
    });
  }

  /** After the rows changed or grew: the end stays the end, else the anchor goes back to where it was. */
  function settle(): void {
    if (atEnd.value && shown.value.end >= rows.value.length) {
      toBottom();
    } else {
      restore();
      atEnd.value = isAtEnd();
    }
    look();
  }

  function onScroll(): void {
    const element = box.value;
    if (element === null) {
      return;
    }
    const below = element.scrollHeight - element.scrollTop - element.clientHeight;
    atEnd.value = isAtEnd();
    record();
    if (element.scrollTop < near) {
      more('up');
    } else if (below < near) {
      more('down');
    }
    look();
  }

  /** Whether the newest end is on screen. */
  function isAtEnd(): boolean {
    const element = box.value;
    if (element === null || moreBelow.value || shown.value.end < rows.value.length) return false;
    return element.scrollHeight - element.scrollTop - element.clientHeight <= slack;
  }

  function more(direction: 'up' | 'down'): void {
    if (direction === 'up' && shown.value.start === 0) {
      loadOlder();
      return;
    }
    if (direction === 'down' && shown.value.end >= rows.value.length && moreBelow.value) {
      loadNewer();
      return;
    }
    const next = direction === 'up' ? growUp(shown.value) : growDown(shown.value, rows.value.length);
    if (next.start !== shown.value.start || next.end !== shown.value.end) {
      shown.value = next;
      void nextTick().then(restore);
    }
  }

  /** Tells what is on screen, and asks for more where the rows do not fill it. */
  function look(): void {
    const element = box.value;
    if (element === null) {
      return;
    }
    const bottom = element.getBoundingClientRect().bottom + 1;
    let last: string | undefined;
    for (const row of rowElements()) {
      if (row.getBoundingClientRect().bottom > bottom) break;
      last = row.dataset.key;
    }
    if (last !== undefined) {
      seen(last);
    }
    if (opened && element.scrollHeight <= element.clientHeight) {
      more('up');
    }
  }

  /** Remembers where the first row on screen is. */
  function record(): void {
    const element = box.value;
    if (element === null) {
      return;
    }
    const top = element.getBoundingClientRect().top;
    const first = rowElements().find((row) => row.getBoundingClientRect().bottom > top);
    anchor =
      first?.dataset.key === undefined
        ? null
        : { key: first.dataset.key, top: first.getBoundingClientRect().top - top };
  }

  function restore(): void {
    const element = box.value;
    const row = anchor === null ? undefined : rowOf(anchor.key);
    if (element === null || anchor === null || row === undefined) {
      return;
    }
    const moved = row.getBoundingClientRect().top - element.getBoundingClientRect().top - anchor.top;
    if (Math.abs(moved) >= 1) {
      element.scrollTop += moved;
    }
  }

  /** Puts a row at a part of the height, 0 being the top. */
  function place(key: string, part: number): void {
    const element = box.value;
    const row = rowOf(key);
    if (element !== null && row !== undefined) {
      const top = row.getBoundingClientRect().top - element.getBoundingClientRect().top;
      element.scrollTop += top - element.clientHeight * part;
      record();
    }
  }

  function toBottom(): void {
    if (box.value !== null) {
      box.value.scrollTop = box.value.scrollHeight;
    }
  }

  /** Brings a row on screen; false when there is none of this key. */
  async function goTo(key: string): Promise<boolean> {
    const index = rows.value.findIndex((row) => holds(row, key));
    if (index === -1) {
      return false;
    }
    touched = true;
    if (index < shown.value.start || index >= shown.value.end) {
      shown.value = openAt(index, rows.value.length);
      await nextTick();
    }
    atEnd.value = false;
    place(rows.value[index]?.key ?? key, 0.3);
    atEnd.value = isAtEnd();
    return true;
  }

  async function goToEnd(): Promise<void> {
    shown.value = openAt(rows.value.length - 1, rows.value.length);
    atEnd.value = true;
    await nextTick();
    toBottom();
    record();
  }

  function rowElements(): HTMLElement[] {
    return [...(content.value?.querySelectorAll<HTMLElement>('[data-key]') ?? [])];
  }

  function rowOf(key: string): HTMLElement | undefined {
    return rowElements().find((row) => row.dataset.key === key);
  }

  function touch(): void {
    touched = true;
  }

  return { shown, atEnd, onScroll, touch, goTo, goToEnd, look };
}

/** A row is found by the event it stands for, or by one that is folded into it. */
function holds(row: Row, key: string | null): boolean {
  return row.kind === 'notice' ? row.items.some((item) => item.id === key) : row.key === key;
}

function unreadKey(rows: readonly Row[]): string | null {
  const index = rows.findIndex((row) => row.kind === 'unread');
  return rows[index + 1]?.key ?? null;
}
