/** The lines of a text that say something. */
export function linesOf(text: string): string[] {
  return text.split('\n').map((line) => line.trim()).filter(Boolean);
}

/** Lines such as `name: value`, as a table. */
export function pairsOf(text: string): Record<string, string> {
  return Object.fromEntries(linesOf(text).map((line) => {
    const [name = '', ...value] = line.split(':');
    return [name.trim(), value.join(':').trim()];
  }));
}

/** A list in which one item has changed places with the one after it. */
export function swapped<Item>(items: readonly Item[], index: number): Item[] {
  return [...items.slice(0, index), ...items.slice(index, index + 2).reverse(), ...items.slice(index + 2)];
}
