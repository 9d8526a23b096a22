import type { SortingState } from '@tanstack/react-table';
import { listDefaults } from './useBatchList';

/** The order of the list, `-name`, as the table has it. */
export function sortingOf(sort: string): SortingState {
  const desc = sort.startsWith('-');
  return [{ id: desc ? sort.slice(1) : sort, desc }];
}

/** The order that the table asks for, as the address has it. */
export function sortOf([first]: SortingState): string {
  return first ? `${first.desc ? '-' : ''}${first.id}` : listDefaults.sort;
}
