import { draggable } from '@atlaskit/pragmatic-drag-and-drop/element/adapter';
import { type ObjectId, parseObjectId } from '@besace/protocol/core/ids';
import { onScopeDispose } from 'vue';
import type { BoardScene } from './scene.ts';

/**
 * What one does to a card, heard once for the whole board: cards are made by the dozen while one scrolls, and most are never touched.
 * `openCard` goes to its page.
 */
export function useCardEvents(scene: BoardScene, openCard: (id: ObjectId) => void) {
  const armed = new Map<Element, () => void>();

  onScopeDispose(() => {
    for (const disarm of armed.values()) disarm();
  });

  function menu(event: Event): void {
    const card = cardAt(event.target);
    if (card === null) return;
    event.preventDefault();
    scene.showMenu(card.id, card.box.querySelector('button') ?? card.box);
  }

  return {
    onContextMenu: menu,
    onClick(event: MouseEvent): void {
      const { target } = event;
      if (!(target instanceof Element)) return;
      if (target.closest('.board-card > button') !== null) {
        menu(event);
        return;
      }
      const card = target.closest('[data-card]') === null ? null : cardAt(target);
      // Anything but a plain click is the browser's: a new tab, a window.
      const plain = event.button === 0 && !event.metaKey && !event.ctrlKey && !event.shiftKey && !event.altKey;
      if (card === null || !plain || event.defaultPrevented) return;
      event.preventDefault();
      openCard(card.id);
    },
    /** Lets the card under the hand be taken, before it is pressed on. */
    onPointerOver(event: Event): void {
      const card = cardAt(event.target);
      if (card === null || armed.has(card.box)) return;
      for (const [box, disarm] of armed) {
        if (box.isConnected) continue;
        disarm();
        armed.delete(box);
      }
      armed.set(card.box, arm(scene, card.box, card.id));
    },
  };
}

function arm(scene: BoardScene, element: HTMLElement, id: ObjectId): () => void {
  return draggable({
    element,
    canDrag: () => scene.rights.value.editTasks && scene.board.state.value.cards.get(id)?.updateNeeded === false,
    getInitialData: () => ({ besaceCard: id }),
    onDragStart: () => scene.move.pickUp(id, 'pointer'),
  });
}

/** The card that an event happened in. */
export function cardAt(target: EventTarget | null): { readonly id: ObjectId; readonly box: HTMLElement } | null {
  const box = target instanceof Element ? target.closest<HTMLElement>('.board-card') : null;
  const id = parseObjectId(box?.querySelector<HTMLElement>('[data-card]')?.dataset.card);
  return box !== null && id.ok ? { id: id.value, box } : null;
}
