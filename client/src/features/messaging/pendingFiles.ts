import { type ShallowRef, shallowRef } from 'vue';
import type { AwaitedFile } from './drafts.ts';
import { largestFile } from './media.ts';

/** A file that waits in the composer. */
export type PendingFile = {
  readonly id: number;
  readonly file: Blob;
  readonly name: string;
  readonly width: number | null;
  readonly height: number | null;
  readonly caption: string;
  /** It is being encrypted and put on disk: too late to take it out. */
  readonly leaving: boolean;
};

/** The files of a composer, and those that a draft remembers and that must be chosen again. */
export function pendingFiles(measure: (file: Blob) => Promise<{ width: number; height: number } | null>) {
  const files: ShallowRef<readonly PendingFile[]> = shallowRef([]);
  const awaited: ShallowRef<readonly AwaitedFile[]> = shallowRef([]);
  let next = 0;

  /** Gives the names of those that are too large (MSG-16). A file that a draft awaits gets its caption back. */
  async function add(added: readonly (Blob & { readonly name?: string })[]): Promise<readonly string[]> {
    const fitting = added.filter((file) => file.size <= largestFile);
    const sizes = await Promise.all(fitting.map((file) => measure(file)));
    const pending = fitting.map((file, index) => {
      const id = next++;
      const name = file.name === undefined || file.name === '' ? `besace-${id + 1}` : file.name;
      return {
        id,
        file,
        name,
        width: sizes[index]?.width ?? null,
        height: sizes[index]?.height ?? null,
        caption: takeAwaited(name, file.size),
        leaving: false,
      };
    });
    files.value = [...files.value, ...pending];
    return added.filter((file) => file.size > largestFile).map((file) => file.name ?? '');
  }

  function takeAwaited(name: string, size: number): string {
    const found = awaited.value.find((one) => one.name === name && one.size === size);
    awaited.value = awaited.value.filter((one) => one !== found);
    return found?.caption ?? '';
  }

  function change(id: number, patch: Partial<Pick<PendingFile, 'caption' | 'leaving'>>): void {
    files.value = files.value.map((file) => (file.id === id ? { ...file, ...patch } : file));
  }

  return {
    files,
    awaited,
    add,
    change,
    remove(id: number): void {
      files.value = files.value.filter((file) => file.id !== id);
    },
    /** Back at their place, after they had left. */
    putBack(taken: readonly PendingFile[]): void {
      files.value = [...taken.map((file) => ({ ...file, leaving: false })), ...files.value];
    },
    forgetAwaited(): void {
      awaited.value = [];
    },
    /** What a draft remembers of all this. */
    remembered: (): readonly AwaitedFile[] => [
      ...awaited.value,
      ...files.value.map(({ name, file, caption }) => ({ name, size: file.size, caption })),
    ],
  };
}
