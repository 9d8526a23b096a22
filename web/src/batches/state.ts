import type { BatchState, BatchView, Progress, RecipientStatus } from '@/kit/api';
import { number } from '@/kit/format';
import type { LiveProgress } from '@/kit/live';
import { kit } from '@/text/en/kit';

/** Recipient statuses in the order in which they are shown: what is reached first, what is open last. */
export const statuses: readonly RecipientStatus[] = [
  'completed', 'voicemail', 'no_answer', 'failed', 'skipped', 'cancelled', 'in_progress', 'pending',
];

export function isOver(status: BatchState): boolean {
  return status === 'completed' || status === 'cancelled';
}

/** Recipients with a final status. */
export function doneCount({ total, pending, in_progress }: Progress): number {
  return total - pending - in_progress;
}

/** Conversations, and the people whose calls are over: what an answer rate is made of. */
export function answered({ completed, no_answer, voicemail, failed }: Progress): { part: number; whole: number } {
  return { part: completed, whole: completed + no_answer + voicemail + failed };
}

/** The statuses that anybody has, with how many: "4 completed, 2 failed". */
export function inWords(progress: Progress): string {
  return statuses
    .filter((status) => progress[status] > 0)
    .map((status) => kit.recipientShare(number(progress[status]), kit.recipientStatuses[status]))
    .join(', ');
}

/** The zone of the batch's clock, when it has one of its own. */
export function batchZone({ calling_hours: hours }: Pick<BatchView, 'calling_hours'>): string | undefined {
  return hours && hours.time_zone !== 'recipient' ? hours.time_zone : undefined;
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
