import type { BatchState, BatchView, Progress, RecipientStatus } from '@/kit/api';

/** Recipient statuses in the order in which they are shown: what is reached first, what is open last. */
export const statuses: readonly RecipientStatus[] = [
  'completed', 'voicemail', 'no_answer', 'failed', 'skipped', 'cancelled', 'in_progress', 'pending',
];

export function isOver(status: BatchState): boolean {
  return status === 'completed' || status === 'cancelled';
}

/** Recipients with a final status. */
export function doneCount({ progress }: BatchView): number {
  return progress.total - progress.pending - progress.in_progress;
}

/** The zone of the batch's clock, when it has one of its own. */
export function batchZone({ calling_hours: hours }: BatchView): string | undefined {
  return hours && hours.time_zone !== 'recipient' ? hours.time_zone : undefined;
}

export type Action = 'start' | 'startNow' | 'pause' | 'resume' | 'stop';

/** What can be done with a batch in that state. */
export function actionsOf(status: BatchState): readonly Action[] {
  switch (status) {
    case 'draft':
      return ['start'];
    case 'scheduled':
      return ['startNow', 'pause', 'stop'];
    case 'running':
      return ['pause', 'stop'];
    case 'paused':
      return ['resume', 'stop'];
    case 'completed':
    case 'cancelled':
      return [];
  }
}

/** People who wait for a retry: pending, but called before. */
export function waitingForRetry({ pending, rounds }: Progress): number {
  const first = rounds[0];
  const never = first ? first.total - first.attempted : pending;
  return Math.max(0, pending - never);
}
