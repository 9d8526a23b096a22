import type { DragEvent } from 'react';

/** The whole form takes a dropped file: beside the field, the browser would leave the page for it. */
export function fileTarget(onFile: (file: File) => void) {
  return {
    onDragOver: (event: DragEvent) => event.preventDefault(),
    onDrop: (event: DragEvent) => {
      if (event.defaultPrevented) return;
      event.preventDefault();
      const file = event.dataTransfer.files[0];
      if (file) onFile(file);
    },
  };
}
