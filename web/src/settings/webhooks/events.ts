import type { EventKind } from '@/kit/api';

/** Every event that a webhook can be told of (docs/events.md), by what it is about. */
export const eventKinds: readonly EventKind[] = [
  'batch.created', 'batch.scheduled', 'batch.started', 'batch.paused', 'batch.resumed', 'batch.completed', 'batch.stopped', 'batch.changed',
  'recipient.in_progress', 'recipient.retry_scheduled', 'recipient.finished',
  'call.answered', 'call.ended',
  'destination.limit_reached', 'suppression.added',
];

/** What a webhook is told of when it does not say. */
export const usualEvents: readonly EventKind[] = [
  'batch.started', 'batch.paused', 'batch.resumed', 'batch.completed', 'batch.stopped', 'recipient.finished', 'call.ended',
];
