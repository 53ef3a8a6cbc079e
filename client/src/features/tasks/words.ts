import type { Ref } from 'vue';

/** Stands where the value goes while a sentence is made ready. No person writes it. */
const HERE = '\uE000';

/** Sentences of one language, made once: asking the library takes longer than drawing what they stand on, and a board shows each a hundred times. */
export type Words = {
  /** A sentence without values. */
  of(key: string): string;
  /** A sentence with one value. */
  with(key: string, name: string, value: string): string;
};

export function createWords(
  t: (key: string, named?: Record<string, unknown>) => string,
  locale: Readonly<Ref<string>>,
): Words {
  let language = '';
  const made = new Map<string, string>();

  function sentence(key: string, make: () => string): string {
    if (language !== locale.value) made.clear();
    language = locale.value;
    const known = made.get(key) ?? make();
    made.set(key, known);
    return known;
  }

  return {
    of: (key) => sentence(key, () => t(key)),
    with: (key, name, value) => sentence(key, () => t(key, { [name]: HERE })).replace(HERE, () => value),
  };
}
