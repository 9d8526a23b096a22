import type { LiveEvent, LiveProgress } from '@/kit/live';

/** What a bundle of events about a batch means for its page. */
export interface Meaning {
  /** How far the batch is, if the bundle says so. */
  progress: LiveProgress | undefined;
  /** The batch itself changed: its state, its name, its settings. */
  changed: boolean;
  /** Rows may have changed that no event tells of: a connection began, or a stop ended many at once. */
  rowsUnknown: boolean;
  /** Calls began or ended. */
  calls: boolean;
}

export function meaningOf(events: readonly LiveEvent[]): Meaning {
  const meaning: Meaning = { progress: undefined, changed: false, rowsUnknown: false, calls: false };
  for (const event of events) {
    if (event.kind === 'progress') meaning.progress = event;
    else if (event.kind === 'snapshot') {
      meaning.progress = event.batches[0] ?? meaning.progress;
      meaning.rowsUnknown = true;
      // A batch that is over is in no snapshot.
      meaning.changed ||= event.missed || event.batches.length === 0;
    } else if (event.kind.startsWith('batch.')) {
      meaning.changed = true;
      meaning.rowsUnknown ||= event.kind === 'batch.stopped';
    } else meaning.calls = true;
  }
  return meaning;
}
