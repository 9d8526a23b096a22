import type { Outcome, RecipientStatus } from '@/kit/api';
import { kit } from '@/text/en/kit';

/** What the list of recipients is narrowed to; empty texts narrow nothing. */
export interface RecipientFilters {
  status: RecipientStatus | '';
  outcome: Outcome | '';
  /** What was pressed: exactly this, something (`any`) or nothing (`none`). */
  digits: string;
  /** What the agent recorded: `NAME:VALUE`, or `NAME` for any value. */
  result: string;
  q: string;
}

/** Nothing is narrowed. */
export const noFilters = { status: '', outcome: '', digits: '', result: '', q: '' } as const;

/** Whether anything is. */
export function narrows(filters: RecipientFilters): boolean {
  return Object.values(filters).some((wish) => wish !== '');
}

/** Filters as the address has them, where anybody may have written anything. */
export function readFilters(view: { status: string; outcome: string; digits: string; result: string; q: string }): RecipientFilters {
  return {
    status: Object.hasOwn(kit.recipientStatuses, view.status) ? (view.status as RecipientStatus) : '',
    outcome: Object.hasOwn(kit.outcomes, view.outcome) ? (view.outcome as Outcome) : '',
    digits: /^(any|none|[0-9*#A-D]{1,100})$/.test(view.digits) ? view.digits : '',
    result: /^[A-Za-z_][A-Za-z0-9_]{0,63}(:.{1,2000})?$/.test(view.result) ? view.result : '',
    q: view.q.slice(0, 100).trim(),
  };
}
