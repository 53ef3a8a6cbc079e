import type { RoomList } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { computed, type Ref, ref, shallowRef, watch } from 'vue';
import { type ListPlace, linesOf, type SectionId, sectionsOf } from './sections.ts';

export type RoomSectionsDeps = {
  readonly rooms: Readonly<Ref<RoomList | null>>;
  readonly place: () => ListPlace;
  /** The room that is open. */
  readonly current: () => RoomId | null;
  /** Keeps which sections are folded on this device (WSP-8). */
  readonly storage: Pick<Storage, 'getItem' | 'setItem'>;
};

const storageKey = 'besace.folded';

/** The list of a place, ready to be drawn. Belongs to the scope that calls it. */
export function useRoomSections(deps: RoomSectionsDeps) {
  const folded = shallowRef<ReadonlySet<string>>(readFolded(deps.storage));
  const held = ref<RoomId | null>(null);

  watch(
    deps.current,
    (roomId) => {
      const room = deps.rooms.value?.rooms.find((candidate) => candidate.roomId === roomId);
      held.value = room !== undefined && (room.unread > 0 || room.highlights > 0) ? room.roomId : null;
    },
    { immediate: true, flush: 'sync' },
  );

  const sections = computed(() => sectionsOf(deps.rooms.value?.rooms ?? [], deps.place(), held.value));
  const foldedHere = computed<ReadonlySet<string>>(() => {
    const prefix = `${placeKey(deps.place())}/`;
    return new Set([...folded.value].filter((key) => key.startsWith(prefix)).map((key) => key.slice(prefix.length)));
  });
  const lines = computed(() => linesOf(sections.value, foldedHere.value));

  function toggle(section: SectionId): void {
    const key = `${placeKey(deps.place())}/${section}`;
    const next = new Set(folded.value);
    if (!next.delete(key)) {
      next.add(key);
    }
    folded.value = next;
    deps.storage.setItem(storageKey, JSON.stringify([...next]));
  }

  return { sections, lines, toggle };
}

function placeKey(place: ListPlace): string {
  return place.kind === 'home' ? 'home' : place.roomId;
}

/** What does not parse counts as nothing folded. */
function readFolded(storage: RoomSectionsDeps['storage']): ReadonlySet<string> {
  try {
    const kept: unknown = JSON.parse(storage.getItem(storageKey) ?? '[]');
    return new Set(Array.isArray(kept) ? kept.filter((key): key is string => typeof key === 'string') : []);
  } catch {
    return new Set();
  }
}
