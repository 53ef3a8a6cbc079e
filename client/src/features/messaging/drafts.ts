import type { EventId, RoomId } from '@besace/protocol/core/ids';
import { isEmptyDoc, type RichDoc } from '../../ui/editor/richDoc.ts';

/** What the composer is about to do with its text. */
export type Mode =
  | { readonly kind: 'new' }
  | { readonly kind: 'reply'; readonly to: EventId; readonly senderName: string; readonly text: string }
  /** `before`: what was being written when the edit began, given back when it ends. */
  | { readonly kind: 'edit'; readonly of: EventId; readonly original: RichDoc; readonly before: RichDoc };

/** A file that was in the composer: its bytes are not kept, what was written about it is, for when it is chosen again (MSG-8). */
export type AwaitedFile = { readonly name: string; readonly size: number; readonly caption: string };

export type Draft = {
  readonly doc: RichDoc;
  readonly mode: Mode;
  readonly files: readonly AwaitedFile[];
  /** It asks for an acknowledgement. */
  readonly ask?: { readonly urgent: boolean } | undefined;
};

/** Where one writes: a room, or one of its threads. */
export type DraftPlace = { readonly roomId: RoomId; readonly threadRoot: EventId | null };

/** Where drafts are kept, a place each (MSG-8). What is kept is what a person wrote: at rest it must be encrypted. */
export interface Drafts {
  load(place: DraftPlace): Promise<Draft | null>;
  save(place: DraftPlace, draft: Draft): Promise<void>;
  remove(place: DraftPlace): Promise<void>;
}

/** Drafts for the time that this page lives. */
export function memoryDrafts(): Drafts {
  const drafts = new Map<string, Draft>();
  return {
    async load(place) {
      return drafts.get(draftKey(place)) ?? null;
    },
    async save(place, draft) {
      drafts.set(draftKey(place), draft);
    },
    async remove(place) {
      drafts.delete(draftKey(place));
    },
  };
}

export function draftKey({ roomId, threadRoot }: DraftPlace): string {
  return threadRoot === null ? roomId : `${roomId} ${threadRoot}`;
}

/** Nothing worth keeping: no text, no file and no mode. */
export function isEmpty(draft: Draft): boolean {
  return isEmptyDoc(draft.doc) && draft.mode.kind === 'new' && draft.files.length === 0;
}
