import { expect, test } from 'vitest';
import type { BatchState } from '@/kit/api';
import { isOver } from '../state';
import { actionsOf, isAskedAbout, isPrimary } from './actions';

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

test('starting a scheduled batch before its time is not what stands out beside pausing it', () => {
  expect(actionsOf('scheduled')[0]).toBe('pause');
  expect(actionsOf('scheduled').filter((action) => isPrimary(action, 'scheduled'))).toEqual([]);
  expect(actionsOf('running').filter((action) => isPrimary(action, 'running'))).toEqual(['pause']);
});

test('whatever calls people, or ends a batch, is asked about', () => {
  expect((['start', 'startNow', 'stop', 'pause', 'resume'] as const).map(isAskedAbout)).toEqual([true, true, true, false, false]);
});
