import { expect, test } from 'vitest';
import { isId } from './ids';

test('identities are opaque words, and numbers as they once were', () => {
  expect(isId('batch', 'batch_k7d20xv9m41qa')).toBe(true);
  expect(isId('batch', 'batch_12')).toBe(true);
  for (const text of ['', 'batch_', 'batch_x', 'agent_12', 'batch_12x', 'batch_z7d20xv9m41qa', '../batch_1']) expect(isId('batch', text)).toBe(false);
});
