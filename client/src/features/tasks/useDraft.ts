import { computed, ref, watch } from 'vue';

export type DraftDeps = {
  /** The text as it is known now. */
  readonly source: () => string;
  /** What is kept of what was typed: trimmed, on one line... */
  readonly clean: (text: string) => string;
  /** True when it was taken. */
  readonly save: (text: string) => Promise<boolean>;
};

/** A text that one edits while others may, too: it follows theirs until one types, and is saved when one leaves it. */
export function useDraft({ source, clean, save }: DraftDeps) {
  const text = ref(source());
  /** What it was when one began; null while one has not. */
  let base: string | null = null;
  const dirty = computed(() => clean(text.value) !== source());

  watch(
    source,
    (next, before) => {
      if (text.value === before || (base !== null && text.value === base)) text.value = next;
    },
    { flush: 'sync' },
  );

  function begin(): void {
    base = source();
  }

  async function commit(): Promise<boolean> {
    const wanted = clean(text.value);
    const began = base;
    base = null;
    // Untouched: whatever others wrote meanwhile stands.
    if (wanted === source() || (began !== null && wanted === clean(began))) {
      text.value = source();
      return true;
    }
    const taken = await save(wanted);
    if (taken) text.value = source();
    return taken;
  }

  function reset(): void {
    base = null;
    text.value = source();
  }

  return { text, dirty, begin, commit, reset };
}
