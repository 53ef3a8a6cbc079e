import type { AccountApi, BesaceError, OutboxApi, RoomsApi, TimelineApi, TimelineItem } from '@besace/matrix/api/types';
import type { EventId, RoomId } from '@besace/protocol/core/ids';
import type { Result } from '@besace/protocol/core/result';
import { computed, onScopeDispose, ref, type ShallowRef, shallowRef, watch } from 'vue';
import { docOfText, docSince, emptyDoc, isEmptyDoc, joinDocs, type RichDoc, sameDoc } from '../../ui/editor/richDoc.ts';
import { type Asked, askedBy, type CommandId, type NamedTool } from './commands.ts';
import { type Draft, type Drafts, isEmpty, type Mode } from './drafts.ts';
import { type PendingFile, pendingFiles } from './pendingFiles.ts';
import { quoteOf } from './quote.ts';
import { canEdit, lastEditable } from './rows.ts';
import { typingNotices } from './typingNotices.ts';
import { useUndo } from './useUndo.ts';
import { type Writing, writingOf } from './writing.ts';

export type ComposerDeps = {
  readonly api: Pick<TimelineApi, 'sendText' | 'edit' | 'sendFile' | 'setTyping'> &
    Pick<OutboxApi, 'undo'> &
    Pick<RoomsApi, 'invite' | 'setTopic'> &
    Pick<AccountApi, 'setDisplayName'>;
  readonly roomId: RoomId;
  /** Writes in the thread that began with this event. */
  readonly threadRoot?: EventId | null;
  readonly drafts: Drafts;
  /** Width and height of a picture in px, null for what is not one. */
  measure(file: Blob): Promise<{ width: number; height: number } | null>;
  /** The rich text that a message of mine says, so that it is edited as it was written. */
  docOf(html: string): Promise<RichDoc>;
  /** Dialogs of other features that a slash opens. */
  readonly tools?: readonly NamedTool[];
  /** The line that tells people on other applications to acknowledge. */
  askNote?(): string;
  /** A new transaction id: unguessable. */
  newId(): string;
  /** Milliseconds since any fixed moment. */
  now(): number;
};

/** The last thing that went wrong in the composer: what it was about stays in the composer. */
export type ComposerProblem =
  | { readonly kind: 'refused'; readonly error: BesaceError }
  | { readonly kind: 'too-large'; readonly names: readonly string[] }
  | { readonly kind: 'unknown-command'; readonly name: string }
  | { readonly kind: 'incomplete'; readonly command: CommandId }
  | { readonly kind: 'not-undone' };

/** What a command did, for the sentence that says so. */
export type ComposerDone = Extract<Asked['kind'], 'invite' | 'topic' | 'name'> | 'undone' | 'scheduled';

/** What one is about to say in a room (MSG-8 to MSG-11, MSG-40 to MSG-43). Belongs to the scope that calls it. */
export function useComposer(deps: ComposerDeps) {
  const place = { roomId: deps.roomId, threadRoot: deps.threadRoot ?? null };
  const inThread = place.threadRoot === null ? {} : { threadRoot: place.threadRoot };
  const doc: ShallowRef<RichDoc> = shallowRef(emptyDoc);
  /** Grows when the text was changed by something else than typing: the editor then shows it anew. */
  const replaced = ref(0);
  const mode: ShallowRef<Mode> = shallowRef({ kind: 'new' });
  const problem: ShallowRef<ComposerProblem | null> = shallowRef(null);
  const done: ShallowRef<ComposerDone | null> = shallowRef(null);
  const help = ref(false);
  /** The dialog that was asked for, and what stood after its slash. */
  const tool: ShallowRef<{ readonly id: string; readonly words: string } | null> = shallowRef(null);
  const sending = ref(false);
  /** What is being written asks for an acknowledgement; null for not. */
  const ask = ref<{ urgent: boolean } | null>(null);
  /** The draft could not be kept on this device: it lives as long as the page (MSG-8). */
  const unkept = ref(false);
  const pending = pendingFiles(deps.measure);
  const undoing = useUndo(deps.api);
  const typing = typingNotices(deps);
  let touched = false;
  /** What is written is on disk, as far as it can be. */
  const kept = ref(true);
  let keepAgain = false;

  const empty = computed(() => isEmptyDoc(doc.value));
  const canSend = computed(() => !sending.value && (!empty.value || pending.files.value.length > 0));

  /** Words alone can be sent later: a file is uploaded when it leaves. */
  const canSchedule = computed(
    () => !sending.value && !empty.value && pending.files.value.length === 0 && mode.value.kind !== 'edit',
  );

  const loaded = deps.drafts.load(place).then(
    (draft) => {
      if (draft === null || touched) return;
      setDoc(draft.doc);
      mode.value = draft.mode;
      pending.awaited.value = draft.files;
      ask.value = draft.ask === undefined ? null : { ...draft.ask };
    },
    () => {
      unkept.value = true;
    },
  );

  onScopeDispose(typing.end);
  watch(ask, keep, { deep: true });

  function setDoc(next: RichDoc): void {
    doc.value = next;
    replaced.value += 1;
  }

  /** The person changed the text. */
  function input(next: RichDoc): void {
    touched = true;
    doc.value = next;
    problem.value = null;
    done.value = null;
    if (empty.value) typing.end();
    else typing.note();
    keep();
  }

  function reply(item: TimelineItem): void {
    if (item.eventId === null) return;
    if (mode.value.kind === 'edit') cancel();
    touched = true;
    mode.value = { kind: 'reply', to: item.eventId, senderName: item.senderName, text: quoteOf(item) };
    keep();
  }

  async function edit(item: TimelineItem): Promise<void> {
    if (!canEdit(item) || item.eventId === null || item.body.kind !== 'text') return;
    const { html, text } = item.body;
    const original = html === null ? docOfText(text) : await deps.docOf(html);
    touched = true;
    const before = mode.value.kind === 'edit' ? mode.value.before : doc.value;
    mode.value = { kind: 'edit', of: item.eventId, original, before };
    setDoc(original);
    keep();
  }

  /** Up in an empty composer: true when there was something to edit. */
  function editLast(items: readonly TimelineItem[]): boolean {
    const item = empty.value && mode.value.kind === 'new' ? lastEditable(items) : null;
    if (item !== null) void edit(item);
    return item !== null;
  }

  /** Escape: leaves the mode. True when there was one to leave. */
  function cancel(): boolean {
    const was = mode.value;
    if (was.kind === 'new') return false;
    if (was.kind === 'edit') setDoc(was.before);
    mode.value = { kind: 'new' };
    problem.value = null;
    typing.end();
    keep();
    return true;
  }

  async function addFiles(added: readonly (Blob & { readonly name?: string })[]): Promise<void> {
    touched = true;
    const names = await pending.add(added);
    problem.value = names.length > 0 ? { kind: 'too-large', names } : null;
    keep();
  }

  function removeFile(id: number): void {
    pending.remove(id);
    keep();
  }

  function describeFile(id: number, caption: string): void {
    pending.change(id, { caption });
    keep();
  }

  /** Hands everything over; what was not accepted stays in the composer (MSG-9). */
  async function send(): Promise<boolean> {
    if (!canSend.value) return false;
    sending.value = true;
    problem.value = null;
    done.value = null;
    help.value = false;
    try {
      const sent = await sendAll();
      typing.end();
      return sent;
    } finally {
      sending.value = false;
      keep();
    }
  }

  /** Hands the text over to be sent at a time, ms (MSG-80). A command is not put off. */
  async function schedule(due: number): Promise<boolean> {
    const asked = askedBy(doc.value);
    if (!canSchedule.value || (asked.kind !== 'say' && asked.kind !== 'emote')) return false;
    sending.value = true;
    problem.value = null;
    try {
      if ((await sendWords(asked, doc.value, mode.value, due)) === null) return false;
      done.value = 'scheduled';
      return true;
    } finally {
      sending.value = false;
      typing.end();
      keep();
    }
  }

  async function sendAll(): Promise<boolean> {
    const written = doc.value;
    const was = mode.value;
    const wasAsk = ask.value;
    const asked: Asked = was.kind === 'edit' ? { kind: 'say', doc: written } : askedBy(written, deps.tools);
    if (asked.kind !== 'say' && asked.kind !== 'emote') return obey(asked, written);
    const { files } = pending;
    // Words that ask for an acknowledgement are a message of their own.
    const single = files.value.length === 1 && was.kind === 'new' && asked.kind === 'say' && ask.value === null;
    const only = single ? files.value[0] : undefined;
    const ids: string[] = [];
    const left: PendingFile[] = [];
    const offer = () => undoing.offer({ ids, restore: () => restore(written, was, left, wasAsk) });
    if (only === undefined && !isEmptyDoc(asked.doc)) {
      const id = await sendWords(asked, written, was);
      if (id === null) return problem.value === null;
      ids.push(id);
      offer();
    }
    for (const file of files.value) {
      const caption = file === only ? writingOf(asked.doc) : writingOf(docOfText(file.caption));
      const id = await sendFile(file, caption);
      if (id === null) return false;
      ids.push(id);
      left.push(file);
      if (file === only) setDoc(docSince(written, doc.value));
      offer();
    }
    return true;
  }

  async function sendFile(file: PendingFile, { text, html, mentions }: Writing): Promise<string | null> {
    pending.change(file.id, { leaving: true });
    const answer = await deps.api.sendFile(deps.roomId, file.file, {
      name: file.name,
      txnId: deps.newId(),
      ...inThread,
      ...(text === '' ? {} : { caption: text, mentions, ...(html === null ? {} : { captionHtml: html }) }),
      ...(file.width === null || file.height === null ? {} : { width: file.width, height: file.height }),
    });
    if (!answer.ok) {
      pending.change(file.id, { leaving: false });
      problem.value = { kind: 'refused', error: answer.error };
      return null;
    }
    pending.remove(file.id);
    return answer.value;
  }

  /** The transaction id; null when nothing was sent, for the reason that `problem` says, or because nothing was changed. */
  async function sendWords(
    asked: Extract<Asked, { doc: RichDoc }>,
    written: RichDoc,
    was: Mode,
    due?: number,
  ): Promise<string | null> {
    if (was.kind === 'edit' && sameDoc(written, was.original)) {
      cancel();
      return null;
    }
    const { text, html, mentions } = writingOf(asked.doc);
    const words = { text, mentions, ...(html === null ? {} : { html }) };
    const answer =
      was.kind === 'edit'
        ? await deps.api.edit(deps.roomId, was.of, words)
        : await deps.api.sendText(deps.roomId, {
            ...words,
            ...inThread,
            txnId: deps.newId(),
            ...(asked.kind === 'emote' ? { emote: true } : {}),
            ...(was.kind === 'reply' ? { replyTo: was.to } : {}),
            ...(ask.value === null ? {} : { ask: { urgent: ask.value.urgent, note: deps.askNote?.() ?? '' } }),
            ...(due === undefined ? {} : { due }),
          });
    if (!answer.ok) {
      problem.value = { kind: 'refused', error: answer.error };
      return null;
    }
    // What was typed while it was being accepted is the next message, not lost.
    const since = docSince(written, doc.value);
    setDoc(was.kind === 'edit' ? joinDocs(was.before, since) : since);
    if (was.kind !== 'edit') ask.value = null;
    mode.value = { kind: 'new' };
    return answer.value;
  }

  /** Does what a command asks (MSG-42). Always false: nothing was said. */
  async function obey(asked: Exclude<Asked, { doc: RichDoc }>, written: RichDoc): Promise<boolean> {
    switch (asked.kind) {
      case 'unknown':
        problem.value = { kind: 'unknown-command', name: asked.name };
        return false;
      case 'incomplete':
        problem.value = { kind: 'incomplete', command: asked.command };
        return false;
      case 'help':
        help.value = true;
        break;
      case 'tool':
        tool.value = { id: asked.id, words: asked.text };
        break;
      case 'invite':
        ran(asked.kind, await deps.api.invite(deps.roomId, asked.user));
        break;
      case 'topic':
        ran(asked.kind, await deps.api.setTopic(deps.roomId, asked.text));
        break;
      case 'name':
        ran(asked.kind, await deps.api.setDisplayName(asked.text));
        break;
    }
    if (problem.value === null) setDoc(docSince(written, doc.value));
    return false;
  }

  function ran(command: ComposerDone, answer: Result<void, BesaceError>): void {
    if (answer.ok) done.value = command;
    else problem.value = { kind: 'refused', error: answer.error };
  }

  /** What was taken back stands before what was begun since. */
  function restore(
    written: RichDoc,
    was: Mode,
    left: readonly PendingFile[],
    wasAsk: { urgent: boolean } | null,
  ): void {
    if (mode.value.kind === 'edit') cancel();
    setDoc(joinDocs(written, was.kind === 'edit' ? emptyDoc : doc.value));
    mode.value = was;
    if (wasAsk !== null) ask.value = { ...wasAsk };
    pending.putBack(left);
    keep();
  }

  async function undo(): Promise<void> {
    const failure = await undoing.undo();
    if (failure !== null) problem.value = { kind: 'not-undone' };
    else done.value = 'undone';
  }

  /** Keeps the draft: at once, and once more when it changed while it was being written. */
  function keep(): void {
    keepAgain = true;
    if (kept.value) void keepAll();
  }

  async function keepAll(): Promise<void> {
    kept.value = false;
    while (keepAgain) {
      keepAgain = false;
      const draft: Draft = {
        doc: doc.value,
        mode: mode.value,
        files: pending.remembered(),
        ask: ask.value === null ? undefined : { urgent: ask.value.urgent },
      };
      try {
        await (isEmpty(draft) ? deps.drafts.remove(place) : deps.drafts.save(place, draft));
        unkept.value = false;
      } catch {
        unkept.value = true;
      }
    }
    kept.value = true;
  }

  return {
    place,
    doc,
    replaced,
    empty,
    mode,
    files: pending.files,
    awaited: pending.awaited,
    problem,
    done,
    help,
    tool,
    ask,
    toggleAsk() {
      ask.value = ask.value === null ? { urgent: false } : null;
    },
    sending,
    kept,
    unkept,
    canSend,
    canSchedule,
    loaded,
    undoable: computed(() => undoing.last.value !== null),
    input,
    reply,
    edit,
    editLast,
    cancel,
    addFiles,
    removeFile,
    describeFile,
    forgetAwaited() {
      pending.forgetAwaited();
      keep();
    },
    send,
    schedule,
    undo,
  };
}

export type Composer = ReturnType<typeof useComposer>;
