import { kit } from '@/text/en/kit';
import type { BatchState, Outcome, RecipientStatus } from './api';
import classes from './StatusBadge.module.css';

/** What a status means for the reader; each has one colour on the whole page (app/global.css). */
export type Tone = 'quiet' | 'waiting' | 'active' | 'good' | 'warn' | 'voicemail' | 'bad';

export const batchTones: Record<BatchState, Tone> = {
  draft: 'quiet',
  scheduled: 'waiting',
  running: 'active',
  paused: 'warn',
  completed: 'good',
  cancelled: 'bad',
};

export const recipientTones: Record<RecipientStatus, Tone> = {
  pending: 'quiet',
  in_progress: 'active',
  completed: 'good',
  no_answer: 'warn',
  voicemail: 'voicemail',
  failed: 'bad',
  skipped: 'quiet',
  cancelled: 'quiet',
};

export const outcomeTones: Record<Outcome, Tone> = {
  completed: 'good',
  no_answer: 'warn',
  voicemail: 'voicemail',
  busy: 'waiting',
  failed: 'bad',
  rejected_by_route: 'bad',
  interrupted: 'quiet',
};

/** A colour and a word; the word alone says it too. */
export function StatusBadge({ tone, children }: { tone: Tone; children: string }) {
  return (
    <span className={classes.badge} data-tone={tone}>
      {children}
    </span>
  );
}

export function BatchBadge({ status }: { status: BatchState }) {
  return <StatusBadge tone={batchTones[status]}>{kit.batchStates[status]}</StatusBadge>;
}

export function RecipientBadge({ status }: { status: RecipientStatus }) {
  return <StatusBadge tone={recipientTones[status]}>{kit.recipientStatuses[status]}</StatusBadge>;
}

export function OutcomeBadge({ outcome }: { outcome: Outcome }) {
  return <StatusBadge tone={outcomeTones[outcome]}>{kit.outcomes[outcome]}</StatusBadge>;
}
