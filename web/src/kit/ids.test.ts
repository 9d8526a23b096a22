import { expect, test } from 'vitest';
import { isCallId, isId } from './ids';

test('identities are opaque words, and numbers as they once were', () => {
  expect(isId('batch', 'batch_k7d20xv9m41qa')).toBe(true);
  expect(isId('batch', 'batch_12')).toBe(true);
  for (const text of ['', 'batch_', 'batch_x', 'agent_12', 'batch_12x', 'batch_z7d20xv9m41qa', '../batch_1']) expect(isId('batch', text)).toBe(false);
});

test('the ID of a call is told from a number and a name', () => {
  expect(isCallId('d13a024ddc728093-k7d20xv9m41qa')).toBe(true);
  expect(isCallId('d13a024ddc728093-12')).toBe(true);
  for (const text of ['', '+14155550101', 'June list', 'batch_k7d20xv9m41qa', 'd13a024ddc728093']) expect(isCallId(text)).toBe(false);
});
