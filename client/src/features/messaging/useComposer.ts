import type { BesaceError, TimelineApi, TimelineItem } from '@besace/matrix/api/types';
import type { RoomId } from '@besace/protocol/core/ids';
import { computed, onScopeDispose, ref, type ShallowRef, shallowRef } from 'vue';
import { type Draft, type Drafts, isEmpty, type Mode } from './drafts.ts';
import { largestFile } from './media.ts';
import { canEdit, lastEditable } from './rows.ts';

/** A file that waits in the composer. */
export type PendingFile = {
  readonly id: number;
  readonly file: Blob;
  readonly name: string;
  readonly width: number | null;
  readonly height: number | null;
};

export type ComposerDeps = {
  readonly api: Pick<TimelineApi, 'sendText' | 'edit' | 'sendFile' | 'setTyping'>;
  readonly roomId: RoomId;
  readonly drafts: Drafts;
  /** Width and height of a picture in px, null for what is not one. */
  measure(file: Blob): Promise<{ width: number; height: number } | null>;
  /** Milliseconds since any fixed moment. */
  now(): number;
};

/** The last thing that went wrong in the composer: what it was about stays in the composer. */
export type ComposerProblem =
  | { readonly kind: 'refused'; readonly error: BesaceError }
  | { readonly kind: 'too-large'; readonly names: readonly string[] };

/** How often typing is announced again while one types, and after what silence it is taken back, in ms (MSG-10). */
const typingEach = 4_000;
const typingSilence = 6_000;

/** What one is about to say in a room (MSG-8 to MSG-11). Belongs to the scope that calls it. */
export function useComposer(deps: ComposerDeps) {
  const text = ref('');
  const mode: ShallowRef<Mode> = shallowRef({ kind: 'new' });
  const files: ShallowRef<readonly PendingFile[]> = shallowRef([]);
  const problem: ShallowRef<ComposerProblem | null> = shallowRef(null);
  const sending = ref(false);
  /** The draft could not be kept on this device: it lives as long as the page (MSG-8). */
  const unkept = ref(false);
  const typing = typingNotices(deps);
  let touched = false;
  let nextFile = 0;

  const canSend = computed(() => !sending.value && (text.value.trim() !== '' || files.value.length > 0));

  const loaded = deps.drafts.load(deps.roomId).then(
    (draft) => {
      if (draft !== null && !touched) {
        text.value = draft.text;
        mode.value = draft.mode;
      }
    },
    () => {
      unkept.value = true;
    },
  );

  onScopeDispose(typing.end);

  /** The person changed the text. */
  function input(value: string): void {
    touched = true;
    text.value = value;
    problem.value = null;
    if (value.trim() === '') {
      typing.end();
    } else {
      typing.note();
    }
    keep();
  }

  function reply(item: TimelineItem): void {
    if (item.eventId === null) {
      return;
    }
    if (mode.value.kind === 'edit') {
      cancel();
    }
    touched = true;
    mode.value = { kind: 'reply', to: item.eventId, senderName: item.senderName, text: quoteOf(item) };
    keep();
  }

  function edit(item: TimelineItem): void {
    if (!canEdit(item) || item.eventId === null || item.body.kind !== 'text') {
      return;
    }
    touched = true;
    const before = mode.value.kind === 'edit' ? mode.value.before : text.value;
    mode.value = { kind: 'edit', of: item.eventId, original: item.body.text, before };
    text.value = item.body.text;
    keep();
  }

  /** Up in an empty composer: true when there was something to edit. */
  function editLast(items: readonly TimelineItem[]): boolean {
    const item = text.value === '' && mode.value.kind === 'new' ? lastEditable(items) : null;
    if (item !== null) {
      edit(item);
    }
    return item !== null;
  }

  /** Escape: leaves the mode. True when there was one to leave. */
  function cancel(): boolean {
    const was = mode.value;
    if (was.kind === 'new') {
      return false;
    }
    if (was.kind === 'edit') {
      text.value = was.before;
    }
    mode.value = { kind: 'new' };
    problem.value = null;
    typing.end();
    keep();
    return true;
  }

  async function addFiles(added: readonly (Blob & { readonly name?: string })[]): Promise<void> {
    const tooLarge = added.filter((file) => file.size > largestFile).map((file) => file.name ?? '');
    problem.value = tooLarge.length > 0 ? { kind: 'too-large', names: tooLarge } : null;
    const fitting = added.filter((file) => file.size <= largestFile);
    const sizes = await Promise.all(fitting.map((file) => deps.measure(file)));
    const pending = fitting.map((file, index) => ({
      id: nextFile++,
      file,
      name: file.name === undefined || file.name === '' ? `besace-${nextFile}` : file.name,
      width: sizes[index]?.width ?? null,
      height: sizes[index]?.height ?? null,
    }));
    files.value = [...files.value, ...pending];
  }

  function removeFile(id: number): void {
    files.value = files.value.filter((file) => file.id !== id);
  }

  /** Hands everything over; what was not accepted stays in the composer (MSG-9). */
  async function send(): Promise<boolean> {
    if (!canSend.value) {
      return false;
    }
    sending.value = true;
    problem.value = null;
    try {
      const done = await sendAll();
      typing.end();
      return done;
    } finally {
      sending.value = false;
      keep();
    }
  }

  async function sendAll(): Promise<boolean> {
    const only = files.value.length === 1 && mode.value.kind === 'new' ? files.value[0] : undefined;
    if (only === undefined && text.value.trim() !== '' && !(await sendWords())) {
      return false;
    }
    for (const pending of files.value) {
      const caption = pending === only ? text.value.trim() : '';
      const answer = await deps.api.sendFile(deps.roomId, pending.file, {
        name: pending.name,
        ...(caption === '' ? {} : { caption }),
        ...(pending.width === null || pending.height === null ? {} : { width: pending.width, height: pending.height }),
      });
      if (!answer.ok) {
        problem.value = { kind: 'refused', error: answer.error };
        return false;
      }
      removeFile(pending.id);
      if (pending === only) {
        text.value = '';
      }
    }
    return true;
  }

  async function sendWords(): Promise<boolean> {
    const words = text.value.trim();
    const was = mode.value;
    const written = text.value;
    if (was.kind === 'edit' && words === was.original) {
      cancel();
      return true;
    }
    const answer =
      was.kind === 'edit'
        ? await deps.api.edit(deps.roomId, was.of, { text: words })
        : await deps.api.sendText(deps.roomId, { text: words, ...(was.kind === 'reply' ? { replyTo: was.to } : {}) });
    if (!answer.ok) {
      problem.value = { kind: 'refused', error: answer.error };
      return false;
    }
    // What was typed while it was being accepted is the next message, not lost.
    const since =
      text.value === written ? '' : text.value.startsWith(written) ? text.value.slice(written.length) : text.value;
    text.value = was.kind === 'edit' && since === '' ? was.before : since.trimStart();
    mode.value = { kind: 'new' };
    return true;
  }

  function keep(): void {
    const draft: Draft = { text: text.value, mode: mode.value };
    (isEmpty(draft) ? deps.drafts.remove(deps.roomId) : deps.drafts.save(deps.roomId, draft)).then(
      () => {
        unkept.value = false;
      },
      () => {
        unkept.value = true;
      },
    );
  }

  return {
    text,
    mode,
    files,
    problem,
    sending,
    unkept,
    canSend,
    loaded,
    input,
    reply,
    edit,
    editLast,
    cancel,
    addFiles,
    removeFile,
    send,
  };
}

export type Composer = ReturnType<typeof useComposer>;

/** One line that stands for a message when it is quoted. */
export function quoteOf(item: TimelineItem): string {
  const words = item.body.kind === 'text' ? item.body.text : 'media' in item.body ? item.body.media.name : '';
  return words.replace(/\s+/g, ' ').slice(0, 200);
}

function typingNotices(deps: Pick<ComposerDeps, 'api' | 'roomId' | 'now'>) {
  let announced: number | null = null;
  let silence: ReturnType<typeof setTimeout> | undefined;

  function note(): void {
    clearTimeout(silence);
    silence = setTimeout(end, typingSilence);
    const now = deps.now();
    if (announced === null || now - announced >= typingEach) {
      announced = now;
      // A lost typing notice costs nobody anything: its failure is not worth a word.
      void deps.api.setTyping(deps.roomId, true);
    }
  }

  function end(): void {
    clearTimeout(silence);
    if (announced !== null) {
      announced = null;
      void deps.api.setTyping(deps.roomId, false);
    }
  }

  return { note, end };
}
