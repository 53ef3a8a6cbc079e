import { type Ref, ref } from 'vue';

/** Dropping files on a zone: listeners for it, and whether files are over it. The same is possible by button and by paste. */
export function useFileDrop(take: (files: readonly File[]) => void): {
  readonly over: Readonly<Ref<boolean>>;
  readonly listeners: Record<string, (event: DragEvent) => void>;
} {
  const over = ref(false);
  // Entering a child leaves its parent: the zone is left when both have balanced.
  let depth = 0;

  const hasFiles = (event: DragEvent): boolean => event.dataTransfer?.types.includes('Files') ?? false;

  function end(): void {
    depth = 0;
    over.value = false;
  }

  return {
    over,
    listeners: {
      onDragenter(event) {
        if (hasFiles(event)) {
          event.preventDefault();
          depth += 1;
          over.value = true;
        }
      },
      onDragover(event) {
        if (hasFiles(event)) event.preventDefault();
      },
      onDragleave(event) {
        if (hasFiles(event)) {
          depth -= 1;
          if (depth <= 0) end();
        }
      },
      onDrop(event) {
        if (hasFiles(event)) {
          event.preventDefault();
          take([...(event.dataTransfer?.files ?? [])]);
        }
        end();
      },
    },
  };
}
