import { computed, onScopeDispose, ref, type ShallowRef, shallowRef } from 'vue';
import type { Trigger } from '../../ui/editor/richEditorTypes.ts';
import { commandsLike, type NamedTool } from './commands.ts';
import type { EmojiNames, NamedEmoji } from './emojiNames.ts';
import { folded } from './fold.ts';
import type { Mentionable, People } from './people.ts';
import { wholeRoom } from './writing.ts';

export type Suggestion =
  | { readonly kind: 'person'; readonly key: string; readonly person: Mentionable }
  /** Everybody in the room. */
  | { readonly kind: 'room'; readonly key: string }
  | { readonly kind: 'emoji'; readonly key: string; readonly emoji: NamedEmoji }
  | { readonly kind: 'command'; readonly key: string; readonly label: string; readonly name: string };

export type SuggestionDeps = {
  people(): People;
  /** Whether I may call the whole room, and the words for it: `salon`, `room`. */
  mayCallRoom(): boolean;
  roomWords(): readonly string[];
  loadEmoji(): Promise<EmojiNames>;
  /** Dialogs of other features. */
  tools?(): readonly NamedTool[];
};

const mostShown = 8;

/** What could be meant by what is being typed: people, emoji, commands (MSG-41, MSG-42). Belongs to the scope that calls it. */
export function useSuggestions(deps: SuggestionDeps) {
  const options: ShallowRef<readonly Suggestion[]> = shallowRef([]);
  const active = ref(0);
  let trigger: Trigger | null = null;
  /** Where the person closed the list: it stays closed there. */
  let closedAt: string | null = null;
  let ended = false;
  onScopeDispose(() => {
    ended = true;
  });

  const open = computed(() => options.value.length > 0);

  function setTrigger(next: Trigger | null): void {
    if (next === null && trigger === null) return;
    trigger = next;
    if (next === null || placeOf(next) !== closedAt) closedAt = null;
    if (next === null || closedAt !== null) show([]);
    else if (next.sign === ':') void findEmoji(next);
    else show(next.sign === '@' ? peopleFor(next.query) : commandsFor(next.query));
  }

  async function findEmoji(asked: Trigger): Promise<void> {
    try {
      const names = await deps.loadEmoji();
      // What was typed since has its own answer.
      if (ended || trigger !== asked) return;
      show(names.like(asked.query, mostShown).map((emoji) => ({ kind: 'emoji', key: emoji.unicode, emoji })));
    } catch {
      // Without a network and without the file there are no names: what is typed stays what it is.
      if (trigger === asked) show([]);
    }
  }

  function peopleFor(query: string): readonly Suggestion[] {
    const people = deps.people().like(query, mostShown);
    const room = deps.mayCallRoom() && deps.roomWords().some((word) => folded(word).startsWith(folded(query)));
    return [
      ...people.map((person): Suggestion => ({ kind: 'person', key: person.userId, person })),
      ...(room ? [{ kind: 'room', key: wholeRoom } as const] : []),
    ];
  }

  function commandsFor(query: string): readonly Suggestion[] {
    const found = commandsLike(query, deps.tools?.() ?? []);
    return found.map(({ label, name }) => ({ kind: 'command', key: label, label, name }));
  }

  function show(next: readonly Suggestion[]): void {
    if (next.length === 0 && options.value.length === 0) return;
    options.value = next;
    active.value = 0;
  }

  /** Up and down, around the ends. */
  function move(by: 1 | -1): void {
    const { length } = options.value;
    if (length > 0) active.value = (active.value + by + length) % length;
  }

  function close(): void {
    closedAt = trigger === null ? null : placeOf(trigger);
    show([]);
  }

  /** The suggestion under the mark, or the one that was clicked, and what it takes the place of; the list closes. */
  function choose(index = active.value): { readonly chosen: Suggestion; readonly trigger: Trigger } | null {
    const chosen = options.value[index];
    if (chosen === undefined || trigger === null) return null;
    const taken = trigger;
    trigger = null;
    show([]);
    return { chosen, trigger: taken };
  }

  /** The people of the room are others now: those who came may be meant. */
  function refresh(): void {
    if (trigger?.sign === '@') setTrigger(trigger);
  }

  return { options, active, open, setTrigger, refresh, move, close, choose };
}

function placeOf(trigger: Trigger): string {
  return `${trigger.sign} ${trigger.from}`;
}
