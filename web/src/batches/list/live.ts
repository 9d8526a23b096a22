import type { BatchList } from '@/kit/api';
import type { LiveEvent, LiveProgress } from '@/kit/live';
import { asTold } from '../state';

/** The newest progress of each batch in a bundle of events. */
export function newestProgress(events: readonly LiveEvent[]): Map<string, LiveProgress> {
  const newest = new Map<string, LiveProgress>();
  for (const event of events) {
    if (event.kind === 'snapshot') for (const batch of event.batches) newest.set(batch.batch_id, batch);
    if (event.kind === 'progress') newest.set(event.batch_id, event);
  }
  return newest;
}

/** A page of batches with that progress in it; the same page when none of it is about them. */
export function withProgress(page: BatchList, newest: ReadonlyMap<string, LiveProgress>): BatchList {
  if (!page.items.some(({ id }) => newest.has(id))) return page;
  return {
    ...page,
    items: page.items.map((batch) => {
      const live = newest.get(batch.id);
      return live ? asTold(batch, live) : batch;
    }),
  };
}

/** Whether the list itself may look different now: a batch more, another state, other times. */
export function changesList(events: readonly LiveEvent[]): boolean {
  return events.some((event) => event.kind.startsWith('batch.') || (event.kind === 'snapshot' && event.missed));
}
