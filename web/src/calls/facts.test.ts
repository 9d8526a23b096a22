import { expect, test } from 'vitest';
import type { AttemptView } from '@/kit/api';
import { calls } from '@/text/en/calls';
import { evidenceOf } from './facts';

const attempt: AttemptView = {
  call_id: 'c-1', recipient_id: 'recipient_1', attempt: 1, trunk_id: 'trunk_1',
  dialed_at: '2026-06-03T09:00:00Z', ringing_at: '2026-06-03T09:00:01Z', answered_at: null, ended_at: '2026-06-03T09:00:31Z',
  outcome: 'no_answer', end_reason: 'user_did_not_pick_up', charged: true, talk_s: null, sip_code: 487, sip_reason: 'Request Terminated',
  q850_cause: null, hung_up_by: null, answered_by: null, amd_confidence: null, digits: null, results: {},
  transferred_to: null, transfer_outcome: null, transfer_sip_code: null, usage: { input_tokens: 0, output_tokens: 0, spoken_characters: 0 },
};
const fact = (name: string, changes: Partial<AttemptView> = {}) => evidenceOf({ ...attempt, ...changes }).find((found) => found.name === name);

test('a call that nobody answers rang until it ended', () => {
  expect(fact(calls.evidence.rang)?.value).toBe('30 seconds');
  expect(fact(calls.evidence.talked)).toBeUndefined();
});

test('an answered call rang until the answer', () => {
  expect(fact(calls.evidence.rang, { answered_at: '2026-06-03T09:00:05Z' })?.value).toBe('4 seconds');
});

test('a SIP code is told in words, with the code beside it', () => {
  expect(fact(calls.evidence.sip)).toMatchObject({ value: calls.sip(487), detail: '487 Request Terminated' });
});

test('what was pressed is told, and nothing when nothing was', () => {
  expect(fact(calls.evidence.pressed, { digits: '1#' })?.value).toBe('1#');
  expect(fact(calls.evidence.pressed)).toBeUndefined();
});

test('a transfer is told with its number and the code behind it', () => {
  const transfer = { transferred_to: '+14155550199', transfer_outcome: 'failed', transfer_sip_code: 486 } as const;
  const told = fact(calls.evidence.transfer, transfer);
  expect(told?.value).toContain('415');
  expect(told?.detail).toBe('486');
  expect(fact(calls.evidence.transfer)).toBeUndefined();
});

test('what a call used is told where anything is known', () => {
  expect(fact(calls.evidence.tokens)).toBeUndefined();
  const used = { usage: { input_tokens: 1_200, output_tokens: 80, spoken_characters: 0 } };
  expect(fact(calls.evidence.tokens, used)?.value).toBe(calls.evidence.tokensUsed('1,200', '80'));
  expect(fact(calls.evidence.spoken, used)).toBeUndefined();
});

test('an unknown code is told by its class', () => {
  expect(calls.sip(599)).toBe(calls.sip(598));
  expect(calls.sip(599)).not.toBe(calls.sip(499));
});

test('what was not held against the person is said', () => {
  expect(fact(calls.evidence.charged)).toBeUndefined();
  expect(fact(calls.evidence.charged, { charged: false })?.value).toBe(calls.evidence.notCharged);
});

test('what was recorded is named as the version names it', () => {
  const recorded = { results: { coming: true, guests: 3, note: 'by the sea' } };
  expect(fact(calls.evidence.result('coming'), recorded)?.value).toBe('yes');
  expect(fact(calls.evidence.result('guests'), recorded)?.value).toBe('3');
  expect(fact(calls.evidence.result('note'), recorded)?.value).toBe('by the sea');
});
