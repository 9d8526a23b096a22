import type { EndReason, EndingsView, RecipientStatus } from '@/kit/api';

/** People who ended alike, as they are chosen together. */
export type Ending = EndingsView;

export function keyOf({ status, end_reason: reason }: Pick<Ending, 'status' | 'end_reason'>): string {
  return `${status} ${reason ?? ''}`;
}

/** Whom one calls again without saying so: who was not reached and can be. */
const usual: readonly RecipientStatus[] = ['no_answer', 'voicemail', 'failed', 'cancelled'];

/** What is chosen at first; with a reason, only those. */
export function firstChoice(endings: readonly Ending[], only?: EndReason): string[] {
  const wanted = only
    ? ({ end_reason: reason }: Ending) => reason === only
    : ({ status, end_reason: reason }: Ending) => usual.includes(status) && reason !== 'invalid_number';
  return endings.filter(wanted).map(keyOf);
}

/** The request for what is chosen: the server takes who has one of the statuses and one of the reasons, or was never called. */
export function wishOf(endings: readonly Ending[], chosen: readonly string[]) {
  const picked = endings.filter((ending) => chosen.includes(keyOf(ending)));
  const statuses = [...new Set(picked.map(({ status }) => status))];
  const reasons = [...new Set(picked.flatMap(({ end_reason: reason }) => (reason ? [reason] : [])))];
  return { people: picked.reduce((sum, { people }) => sum + people, 0), statuses, reasons };
}

/** Endings by status, in the order in which statuses are shown. */
export function byStatus(endings: readonly Ending[], order: readonly RecipientStatus[]): [RecipientStatus, Ending[]][] {
  return order.map((status) => [status, endings.filter((ending) => ending.status === status)] as [RecipientStatus, Ending[]]).filter(([, those]) => those.length > 0);
}
