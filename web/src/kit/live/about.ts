import type { LiveEvent } from './events';

/** What of a bundle is about one batch; a snapshot always is, because it may say that something was missed. */
export function aboutBatch(events: readonly LiveEvent[], batchId: string): LiveEvent[] {
  return events.flatMap<LiveEvent>((event) => {
    if (event.kind !== 'snapshot') return event.batch_id === batchId ? [event] : [];
    return [{ ...event, batches: event.batches.filter((batch) => batch.batch_id === batchId) }];
  });
}
