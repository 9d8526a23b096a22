import { expect, test } from 'vitest';
import type { BatchState } from '@/kit/api';
import { isOver } from '../state';
import { actionsOf } from './actions';

test('a batch that is over can neither be stopped nor go on', () => {
  const states: BatchState[] = ['draft', 'scheduled', 'running', 'paused', 'completed', 'cancelled'];
  for (const state of states) expect(actionsOf(state).length === 0).toBe(isOver(state));
});

test('only what runs or will run can be paused', () => {
  expect(actionsOf('running')).toContain('pause');
  expect(actionsOf('scheduled')).toContain('pause');
  expect(actionsOf('paused')).not.toContain('pause');
  expect(actionsOf('draft')).not.toContain('pause');
});
