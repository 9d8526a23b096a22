import { expect, it } from 'vitest';
import { calls } from '@/text/en/calls';
import { detailOf } from './moments';

const moment = (event: string, detail: string) => ({ event, detail, at: '2026-12-01T09:00:00Z', offset_ms: 0 });

it('a result is told in the words of the rest of the page', () => {
  expect(detailOf(moment('result', 'suits = true'), { suits: true })).toBe('suits = yes');
  expect(detailOf(moment('result', 'suits = false'), { suits: true })).toBe('suits = no');
  expect(detailOf(moment('result', 'note = true = so'), { note: 'true = so' })).toBe('note = true = so');
});

it('what every agent can do has words, and a function of the user has its name', () => {
  expect(detailOf(moment('tool', 'end_call'), {})).toBe(calls.tools.end_call);
  expect(detailOf(moment('tool', 'book {"day":"May 1"}'), {})).toBe('book {"day":"May 1"}');
  expect(detailOf(moment('digit', '5'), {})).toBe('5');
  expect(detailOf(moment('hung_up', 'agent'), {})).toBe('by the agent');
});
