import type { Progress, RecipientStatus } from '@/kit/api';

/** Statuses in the order of the bar: what went well first, what is left at the end. */
const barOrder: readonly RecipientStatus[] = ['completed', 'voicemail', 'no_answer', 'failed', 'skipped', 'cancelled', 'in_progress', 'pending'];

export interface Segment {
  status: RecipientStatus;
  count: number;
  /** Of the whole bar, in percent. */
  width: number;
}

/** The statuses of a batch that anybody has, as parts of a bar. */
export function segments(progress: Progress): Segment[] {
  return barOrder.flatMap((status) => {
    const count = progress[status];
    return count > 0 ? [{ status, count, width: (count / progress.total) * 100 }] : [];
  });
}

/** How many rows have their final status. */
export function done({ total, pending, in_progress }: Progress): number {
  return total - pending - in_progress;
}

/** Conversations, and the people whose calls are over: what an answer rate is made of. */
export function answered({ completed, no_answer, voicemail, failed }: Progress): { part: number; whole: number } {
  return { part: completed, whole: completed + no_answer + voicemail + failed };
}

/** Whom a stop would leave: calls that finish, people never dialed, people who wait for a retry. */
export function leftByStop({ pending, in_progress, rounds }: Progress): { calls: number; people: number; retries: number } {
  const first = rounds.find(({ round }) => round === 1);
  const people = first ? Math.min(pending, first.total - first.attempted) : pending;
  return { calls: in_progress, people, retries: pending - people };
}
