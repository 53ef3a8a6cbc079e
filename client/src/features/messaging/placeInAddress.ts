import type { TimelineItem } from '@besace/matrix/api/types';
import { type EventId, parseEventId } from '@besace/protocol/core/ids';
import { nextTick, type Ref, watch } from 'vue';
import { useRoute, useRouter } from 'vue-router';
import type { useTimeline } from './useTimeline.ts';

/** What shows a message that is loaded: the list on screen. */
type Shower = { show(key: string): Promise<boolean> };

export type AddressDeps = {
  readonly model: Pick<ReturnType<typeof useTimeline>, 'items' | 'look' | 'focus'>;
  readonly list: Readonly<Ref<Shower | null>>;
};

/**
 * The place that the address names: `?message=<event id>` shows that message, loading the place around it where it is not loaded; without
 * it, what is on screen stays. Each place one goes to is a step that the browser's back takes back.
 */
export function usePlaceInAddress({ model, list }: AddressDeps) {
  const route = useRoute();
  const router = useRouter();

  watch(
    () => route.query.message,
    (message) => {
      const eventId = parseEventId(message);
      if (eventId.ok) open(eventId.value);
      else if (model.focus.value !== null) model.look(null);
    },
    { immediate: true },
  );

  function open(eventId: EventId): void {
    const here = itemOf(eventId);
    if (here !== undefined && list.value !== null) void list.value.show(here.id);
    else model.look({ kind: 'event', eventId });
  }

  function itemOf(eventId: EventId): TimelineItem | undefined {
    return model.items.value.find((item) => item.eventId === eventId);
  }

  return {
    /** Shows a message of this room, wherever it stands. */
    async goTo(eventId: EventId): Promise<void> {
      if (route.query.message === eventId) open(eventId);
      else await router.push({ query: { ...route.query, message: eventId } });
    },
    async toNewest(): Promise<void> {
      model.look(null);
      const { message: _, ...query } = route.query;
      await router.push({ query });
      await nextTick();
    },
  };
}
