import type { EventId, RoomId } from '@besace/protocol/core/ids';

/** What the composer is about to do with its text. */
export type Mode =
  | { readonly kind: 'new' }
  | { readonly kind: 'reply'; readonly to: EventId; readonly senderName: string; readonly text: string }
  /** `before`: what was being written when the edit began, given back when it ends. */
  | { readonly kind: 'edit'; readonly of: EventId; readonly original: string; readonly before: string };

export type Draft = { readonly text: string; readonly mode: Mode };

/** Where drafts are kept, a room each (MSG-8). What is kept is what a person wrote: at rest it must be encrypted. */
export interface Drafts {
  load(roomId: RoomId): Promise<Draft | null>;
  save(roomId: RoomId, draft: Draft): Promise<void>;
  remove(roomId: RoomId): Promise<void>;
}

/** Drafts for the time that this page lives. */
export function memoryDrafts(): Drafts {
  const drafts = new Map<RoomId, Draft>();
  return {
    async load(roomId) {
      return drafts.get(roomId) ?? null;
    },
    async save(roomId, draft) {
      drafts.set(roomId, draft);
    },
    async remove(roomId) {
      drafts.delete(roomId);
    },
  };
}

/** Nothing worth keeping: no text and no mode. */
export function isEmpty(draft: Draft): boolean {
  return draft.text.trim() === '' && draft.mode.kind === 'new';
}
