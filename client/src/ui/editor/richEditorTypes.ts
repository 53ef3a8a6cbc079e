import type { RichDoc } from './richDoc.ts';

export type Format =
  | 'bold'
  | 'italic'
  | 'strike'
  | 'code'
  | 'link'
  | 'bulletList'
  | 'orderedList'
  | 'quote'
  | 'codeBlock';

/** What is being typed that a list of suggestions may complete. `from` and `to` are positions of the editor, the sign included. */
export type Trigger = {
  readonly sign: '@' | ':' | '/';
  readonly query: string;
  readonly from: number;
  readonly to: number;
};

export type RichEditorOptions = {
  readonly element: HTMLElement;
  readonly doc: RichDoc;
  /** Of the editable element: its role and its words. */
  readonly attributes: Record<string, string>;
  /** The name of somebody who may be mentioned here; null for anybody else. */
  nameOf(id: string): string | null;
  /** Makes pasted HTML safe and small. */
  sanitise(html: string): string;
  onChange(doc: RichDoc): void;
  /** Before the editor. True when the key was taken. */
  onKey(event: KeyboardEvent): boolean;
  onTrigger(trigger: Trigger | null): void;
  onFormats(active: readonly Format[]): void;
  onFiles(files: readonly File[]): void;
};

export interface RichEditor {
  readonly element: HTMLElement;
  /** Replaces everything; nobody is told. */
  setDoc(doc: RichDoc): void;
  focus(): void;
  focusEnd(): void;
  toggle(format: Format): void;
  /** Makes what is chosen lead there; null takes the link away. Only web and mail addresses. */
  link(href: string | null): void;
  /** Where the link under the caret leads; null outside of links. */
  linkHere(): string | null;
  /** In the place of a trigger: words, or a mention. */
  put(range: { from: number; to: number }, what: { text: string } | { id: string; label: string }): void;
  newLine(): void;
  end(): void;
}
