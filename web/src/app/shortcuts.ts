/** How long the second key of a sequence may take, in milliseconds. */
const patience = 1_500;

/** What the page has heard of a sequence so far. */
export interface Heard {
  first: string;
  at: number;
}

/**
 * Which shortcut a key completes: a key alone (`?`) or one after another (`g b`). `heard` is to be
 * given back with the next key.
 */
export function match(shortcuts: readonly string[], heard: Heard | undefined, key: string, now: number): { shortcut?: string; heard?: Heard } {
  const sequence = heard && now - heard.at <= patience ? `${heard.first} ${key}` : undefined;
  const shortcut = [sequence, key].find((keys) => keys !== undefined && shortcuts.includes(keys));
  if (shortcut !== undefined) return { shortcut };
  return shortcuts.some((keys) => keys.startsWith(`${key} `)) ? { heard: { first: key, at: now } } : {};
}

const places = 'input, textarea, select, [contenteditable], [role="dialog"], [role="menu"], [role="listbox"]';

/** Whether the key belongs to what has the focus: text that is written, or a dialog that is open. */
export function isTaken(event: KeyboardEvent): boolean {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return true;
  const { target } = event;
  return target instanceof Element && target.closest(places) !== null;
}
