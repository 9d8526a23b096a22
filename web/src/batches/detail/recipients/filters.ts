import type { Outcome, RecipientStatus } from '@/kit/api';
import { kit } from '@/text/en/kit';

/** What the list of recipients is narrowed to; empty texts narrow nothing. */
export interface RecipientFilters {
  status: RecipientStatus | '';
  outcome: Outcome | '';
  q: string;
}

/** Filters as the address has them, where anybody may have written anything. */
export function readFilters(view: { status: string; outcome: string; q: string }): RecipientFilters {
  return {
    status: Object.hasOwn(kit.recipientStatuses, view.status) ? (view.status as RecipientStatus) : '',
    outcome: Object.hasOwn(kit.outcomes, view.outcome) ? (view.outcome as Outcome) : '',
    q: view.q.slice(0, 40).trim(),
  };
}
