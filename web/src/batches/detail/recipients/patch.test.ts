import { expect, test } from 'vitest';
import type { RecipientView } from '@/kit/api';
import type { LiveFact } from '@/kit/live';
import { patched, recipientFacts } from './patch';

const row: RecipientView = {
  id: 'recipient_1', batch_id: 'batch_1', row: 2, phone_number: '+14155550101', status: 'pending', reason: null,
  attempts_made: 0, attempts_recorded: 0, digits: null, results: {}, last_attempt_at: null, last_outcome: null, last_end_reason: null, next_attempt_at: null, variables: {},
};
const fact = (kind: LiveFact['kind'], data: object): LiveFact => ({ kind, id: 1, at: '2026-06-03T09:00:05Z', batch_id: 'batch_1', data: { recipient_id: 'recipient_1', ...data } });

test('a row goes through a call that nobody answers and waits for its retry', () => {
  const begun = fact('recipient.in_progress', { status: 'in_progress' });
  const facts = [
    begun,
    fact('call.ended', { outcome: 'no_answer', end_reason: 'user_did_not_pick_up', dialed_at: '2026-06-03T09:00:06Z' }),
    fact('recipient.retry_scheduled', { status: 'pending', attempts_made: 1, next_attempt_at: '2026-06-03T09:30:00Z' }),
  ];
  expect(patched(row, begun)).toMatchObject({ status: 'in_progress', last_attempt_at: '2026-06-03T09:00:05Z', last_outcome: null });
  expect(facts.reduce(patched, row)).toEqual({
    ...row,
    attempts_made: 1,
    last_attempt_at: '2026-06-03T09:00:06Z',
    last_outcome: 'no_answer',
    last_end_reason: 'user_did_not_pick_up',
    next_attempt_at: '2026-06-03T09:30:00Z',
  });
});

test('a finished row waits for nothing', () => {
  const waiting = { ...row, attempts_made: 1, next_attempt_at: '2026-06-03T09:30:00Z' };
  expect(patched(waiting, fact('recipient.finished', { status: 'completed', attempts_made: 2 }))).toMatchObject({ status: 'completed', attempts_made: 2, next_attempt_at: null });
});

test('a row keeps what was pressed in its newest call with digits', () => {
  const pressed = patched(row, fact('call.ended', { outcome: 'interrupted', digits: '1#' }));
  expect(pressed.digits).toBe('1#');
  expect(patched(pressed, fact('call.ended', { outcome: 'no_answer' })).digits).toBe('1#');
});

test('a row keeps what was recorded in its newest call with results', () => {
  const recorded = patched(row, fact('call.ended', { outcome: 'interrupted', results: { answer: 'yes', guests: 3 } }));
  expect(recorded.results).toEqual({ answer: 'yes', guests: 3 });
  expect(patched(recorded, fact('call.ended', { outcome: 'no_answer' })).results).toEqual({ answer: 'yes', guests: 3 });
});

test('a skipped row says why', () => {
  expect(patched(row, fact('recipient.finished', { status: 'skipped', reason: 'suppressed' }))).toMatchObject({ status: 'skipped', reason: 'suppressed' });
});

test('only what is about recipients is kept of a bundle', () => {
  const events = [fact('batch.paused', {}), fact('call.answered', {}), fact('call.ended', {}), fact('recipient.finished', {})];
  expect(recipientFacts(events).map((event) => event.kind)).toEqual(['call.ended', 'recipient.finished']);
});
