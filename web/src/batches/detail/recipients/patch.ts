import type { EndReason, Outcome, RecipientStatus, RecipientView } from '@/kit/api';
import type { LiveEvent, LiveFact } from '@/kit/live';

type Told = Partial<{
  recipient_id: string;
  status: RecipientStatus;
  attempts_made: number;
  next_attempt_at: string;
  outcome: Outcome;
  end_reason: EndReason;
  dialed_at: string;
  digits: string;
  results: RecipientView['results'];
  reason: string;
  attempt: number;
}>;

/** What happened to recipients, out of all that happened. */
export function recipientFacts(events: readonly LiveEvent[]): LiveFact[] {
  return events.filter(
    (event): event is LiveFact => 'data' in event && (event.kind.startsWith('recipient.') || event.kind === 'call.ended'),
  );
}

export function recipientOf(fact: LiveFact): string | undefined {
  return (fact.data as Told).recipient_id;
}

/** The row after what happened to it, so that it need not be fetched again. */
export function patched(row: RecipientView, fact: LiveFact): RecipientView {
  const told = fact.data as Told;
  switch (fact.kind) {
    case 'recipient.in_progress':
      return { ...row, attempts_recorded: told.attempt ?? row.attempts_recorded, status: 'in_progress', last_attempt_at: fact.at, last_outcome: null, last_end_reason: null, next_attempt_at: null };
    case 'call.ended':
      return {
        ...row,
        last_attempt_at: told.dialed_at ?? row.last_attempt_at ?? null,
        last_outcome: told.outcome ?? null,
        last_end_reason: told.end_reason ?? null,
        digits: told.digits ?? row.digits ?? null,
        results: told.results ?? row.results,
      };
    case 'recipient.retry_scheduled':
      return { ...row, status: 'pending', attempts_made: told.attempts_made ?? row.attempts_made, next_attempt_at: told.next_attempt_at ?? null };
    case 'recipient.finished':
      return {
        ...row,
        status: told.status ?? row.status,
        attempts_made: told.attempts_made ?? row.attempts_made,
        next_attempt_at: null,
        digits: told.digits ?? row.digits ?? null,
        results: told.results ?? row.results,
        reason: told.reason ?? row.reason ?? null,
      };
    default:
      return row;
  }
}
