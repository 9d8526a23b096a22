import type { BatchState, BatchView, Progress, RecipientStatus } from '@/kit/api';
import { number } from '@/kit/format';
import type { LiveProgress } from '@/kit/live';
import { list } from '@/text/en/batches';
import { kit } from '@/text/en/kit';

/** Recipient statuses in the order in which they are shown: what is reached first, what is open last. */
export const statuses: readonly RecipientStatus[] = [
  'completed', 'voicemail', 'no_answer', 'failed', 'skipped', 'cancelled', 'in_progress', 'pending',
];

export function isOver(status: BatchState): boolean {
  return status === 'completed' || status === 'cancelled';
}

/** The people of a batch. Rejected rows never became people; who is skipped later is not called either. */
export interface People {
  toCall: number;
  /** Whose calls are over. */
  called: number;
  /** Rows that were rejected before launch. */
  rejected: number;
  /** Who was not to be called any more when their turn came. */
  skipped: number;
}

export function peopleOf({ total, skipped, rejected, completed, no_answer, voicemail, failed }: Progress): People {
  return { toCall: total - skipped, called: completed + no_answer + voicemail + failed, rejected, skipped: skipped - rejected };
}

/** "0 of 2 called, 5 rejected". */
export function calledWords(progress: Progress): string {
  const { toCall, called, rejected, skipped } = peopleOf(progress);
  const { called: of, beside } = list;
  return [
    of(number(called), number(toCall)),
    ...(progress.cancelled > 0 ? [beside.cancelled(number(progress.cancelled))] : []),
    ...(skipped > 0 ? [beside.skipped(number(skipped))] : []),
    ...(rejected > 0 ? [beside.rejected(number(rejected))] : []),
  ].join(', ');
}

/** Who picked up, of the people whose calls are over. */
export function answered(progress: Progress): { part: number; whole: number } {
  return { part: progress.answered, whole: peopleOf(progress).called };
}

/** The statuses that anybody has, with how many: "4 completed, 2 failed". */
export function inWords(progress: Progress): string {
  return statuses
    .filter((status) => progress[status] > 0)
    .map((status) => kit.recipientShare(number(progress[status]), kit.recipientStatuses[status]))
    .join(', ');
}

/** The zone of the batch's clock, when it has one of its own: the one its schedule was chosen in, or that of its hours. */
export function batchZone({ calling_hours: hours, time_zone: zone }: Pick<BatchView, 'calling_hours' | 'time_zone'>): string | undefined {
  return zone ?? (hours && hours.time_zone !== 'recipient' ? hours.time_zone : undefined);
}

/** People who wait for a retry: pending, but called before. */
export function waitingForRetry({ pending, rounds }: Progress): number {
  const first = rounds.find(({ round }) => round === 1);
  const never = first ? first.total - first.attempted : pending;
  return Math.max(0, pending - never);
}

/** The batch with what its stream says now. */
export function asTold(batch: BatchView, { status, progress, blocker }: LiveProgress): BatchView {
  return { ...batch, status, progress, blocker };
}
