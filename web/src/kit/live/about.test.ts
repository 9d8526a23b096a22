import { expect, it } from 'vitest';
import { aboutBatch } from './about';
import type { LiveEvent } from './events';

const fact = (batch_id: string | null): LiveEvent => ({ kind: 'call.ended', id: 1, at: '', batch_id, data: {} });

it('keeps what is about the batch', () => {
  const events = [fact('batch_1'), fact('batch_2'), fact(null)];
  expect(aboutBatch(events, 'batch_2')).toEqual([fact('batch_2')]);
});

it('keeps a snapshot without the batch, for what it says about missed events', () => {
  expect(aboutBatch([{ kind: 'snapshot', missed: true, batches: [] }], 'batch_1')).toEqual([{ kind: 'snapshot', missed: true, batches: [] }]);
});
