import { describe, expect, it } from 'vitest';
import { ProblemError } from '@/kit/api';
import { askedFor, batchOfOne, refusedNumber } from './testCall';
import { emptyDraft } from './version';

const draft = { ...emptyDraft, first_message: 'Hello {{name}}, {{day}}, {{phone_number}}', variables: { day: 'soon' } };
const call = { name: 'Test', agentId: 'agent_1', version: 2, from: '+14155550100', to: '+1 (415) 555-0101' };

describe('a test call', () => {
  it('asks for what a file would have to have', () => {
    expect(askedFor(draft)).toEqual(['name', 'day']);
  });

  it('is a batch of one, to the number without its punctuation', () => {
    expect(batchOfOne({ ...call, values: { name: 'Jo', day: 'today' } }, draft)).toEqual({
      name: 'Test',
      test: true,
      agent_id: 'agent_1',
      agent_version: 2,
      from_number: '+14155550100',
      recipients: [{ phone_number: '+14155550101', name: 'Jo', day: 'today' }],
    });
  });

  it('leaves an empty value to its default, and sends it where there is none', () => {
    expect(batchOfOne({ ...call, values: {} }, draft).recipients).toEqual([{ phone_number: '+14155550101', name: '' }]);
  });

  it('does not call another number because of a placeholder', () => {
    const values = { phone_number: '+14155550199' };
    expect(batchOfOne({ ...call, values }, draft).recipients[0]?.phone_number).toBe('+14155550101');
  });
});

describe('a refused number', () => {
  const problem = { title: 'No', detail: 'No', status: 422, code: 'file_refused' as const, errors: [] };

  it('is told with its reason and what to do', () => {
    const preflight = { rejections: [{ reason: 'suppressed', label: 'Suppressed', help: 'Take it off the list.', count: 1, rows: [2] }] };
    expect(refusedNumber(new ProblemError(Object.assign({}, problem, { preflight })))).toBe('Suppressed. Take it off the list.');
  });

  it('is not every refusal', () => {
    expect(refusedNumber(new ProblemError(problem))).toBeUndefined();
    expect(refusedNumber(new Error('lost'))).toBeUndefined();
  });
});
