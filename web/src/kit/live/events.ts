import type { BatchState, BlockerView, EventKind, Progress } from '@/kit/api';

/** How far a batch is, as a stream tells it. */
export interface LiveProgress {
  batch_id: string;
  status: BatchState;
  progress: Progress;
  blocker: BlockerView | null;
}

/** Something that happened, as in docs/events.md. */
export interface LiveFact {
  kind: EventKind;
  id: number;
  at: string;
  batch_id: string | null;
  data: Readonly<Record<string, unknown>>;
}

export type LiveEvent =
  | LiveFact
  | ({ kind: 'progress' } & LiveProgress)
  | { kind: 'snapshot'; missed: boolean; batches: readonly LiveProgress[] };

const facts: Record<EventKind, true> = {
  'batch.created': true,
  'batch.scheduled': true,
  'batch.started': true,
  'batch.paused': true,
  'batch.resumed': true,
  'batch.completed': true,
  'batch.stopped': true,
  'batch.changed': true,
  'recipient.in_progress': true,
  'recipient.retry_scheduled': true,
  'recipient.finished': true,
  'call.answered': true,
  'call.ended': true,
  'destination.limit_reached': true,
  'suppression.added': true,
};

/** Every name that an event of a stream may have. */
export const eventNames: readonly LiveEvent['kind'][] = [
  ...(Object.keys(facts) as EventKind[]),
  'progress',
  'snapshot',
];

export function readEvent(name: LiveEvent['kind'], data: string): LiveEvent {
  return { ...(JSON.parse(data) as object), kind: name } as LiveEvent;
}
