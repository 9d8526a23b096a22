/** Where a key takes the position of a slider, in milliseconds; undefined when the key is none of its. */
export function seekKey(key: string, position: number, length: number): number | undefined {
  const to = target(key, position, length);
  return to === undefined ? undefined : Math.min(Math.max(0, to), length);
}

function target(key: string, position: number, length: number): number | undefined {
  switch (key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return position + 2_000;
    case 'ArrowLeft':
    case 'ArrowDown':
      return position - 2_000;
    case 'PageUp':
      return position + 10_000;
    case 'PageDown':
      return position - 10_000;
    case 'Home':
      return 0;
    case 'End':
      return length;
    default:
      return undefined;
  }
}
