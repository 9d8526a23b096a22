/** Where the drawer for a new batch opens. */
export const newBatch = '/batch-calls?new=true';

/** Puts the focus into the search field of the page, if it has one. */
export function focusSearch(): void {
  document.querySelector<HTMLInputElement>('main input[type="search"]')?.focus();
}
