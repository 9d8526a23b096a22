import { expect, it } from 'vitest';
import { byStatus, firstChoice, keyOf, wishOf, type Ending } from './redialChoice';

const endings: Ending[] = [
  { status: 'completed', end_reason: 'user_disconnected', people: 40 },
  { status: 'no_answer', end_reason: 'user_did_not_pick_up', people: 5 },
  { status: 'failed', end_reason: 'user_busy', people: 3 },
  { status: 'failed', end_reason: 'invalid_number', people: 2 },
  { status: 'failed', end_reason: 'engine_interrupted', people: 20 },
  { status: 'cancelled', end_reason: null, people: 7 },
];

it('begins with who was not reached, and leaves out numbers that do not exist', () => {
  const { people, statuses, reasons } = wishOf(endings, firstChoice(endings));
  expect(people).toBe(35);
  expect(statuses).toEqual(['no_answer', 'failed', 'cancelled']);
  expect(reasons).toEqual(['user_did_not_pick_up', 'user_busy', 'engine_interrupted']);
});

it('may begin with those of one reason', () => {
  expect(wishOf(endings, firstChoice(endings, 'engine_interrupted'))).toEqual({ people: 20, statuses: ['failed'], reasons: ['engine_interrupted'] });
});

it('shows endings below their status', () => {
  expect(byStatus(endings, ['failed', 'skipped', 'completed']).map(([status, those]) => [status, those.map(keyOf)])).toEqual([
    ['failed', ['failed user_busy', 'failed invalid_number', 'failed engine_interrupted']],
    ['completed', ['completed user_disconnected']],
  ]);
});
