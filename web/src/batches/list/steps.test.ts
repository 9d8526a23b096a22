import { expect, it } from 'vitest';
import type { AgentView, PhoneNumberView } from '@/kit/api';
import { firstSteps } from './steps';

const at = '2026-06-01T00:00:00Z';
const trunk = { id: 'trunk_1' };
const phone: PhoneNumberView = { id: 'number_1', phone_number: '+14155550100', label: '', trunk_id: 'trunk_1', created_at: at };
const agent: AgentView = { id: 'agent_1', name: 'A', latest_version: 1, published_version: 1, created_at: at };

it('begins with a trunk', () => {
  expect(firstSteps({ trunks: [], numbers: [], agents: [] })).toEqual({ done: new Set(), next: 'trunk' });
});

it('goes on with what is missing, in whatever order things were made', () => {
  expect(firstSteps({ trunks: [trunk], numbers: [], agents: [agent] })).toEqual({ done: new Set(['trunk', 'agent']), next: 'number' });
});

it('counts a number only when it can dial, and an agent only when it is published', () => {
  const steps = firstSteps({ trunks: [trunk], numbers: [{ ...phone, trunk_id: null }], agents: [{ ...agent, published_version: null }] });
  expect(steps).toEqual({ done: new Set(['trunk']), next: 'number' });
});

it('ends with the batch', () => {
  expect(firstSteps({ trunks: [trunk], numbers: [phone], agents: [agent] }).next).toBe('batch');
});
