import { expect, test } from 'vitest';
import type { Latency, Utterance } from '@/kit/api';
import { calls } from '@/text/en/calls';
import { latencyOf } from './latency';

const line: Utterance = { speaker: 'agent', text: 'Good morning.', start_ms: 1_980, end_ms: 2_400 };
const latency: Latency = { vad_end_ms: 1_000, stt_final_ms: 800, llm_first_ms: 1_500, tts_first_ms: 1_900, first_sample_ms: 1_980 };

test('the line that the latency belongs to tells it, and nobody else', () => {
  expect(latencyOf(line, [latency])?.answer).toBe(980);
  expect(latencyOf({ ...line, start_ms: 2_000 }, [latency])).toBeUndefined();
  expect(latencyOf({ ...line, speaker: 'user' }, [latency])).toBeUndefined();
});

test('steps are told in order, and words that were known early took no time', () => {
  const { step } = calls.latency;
  const told = [step('recognition', '0.0 s'), step('model', '0.5 s'), step('speech', '0.4 s'), step('sending', '0.1 s')];
  expect(latencyOf(line, [latency])?.steps).toBe(told.join('\n'));
});

test('what is not known is left out', () => {
  const known = { ...latency, stt_final_ms: null, llm_first_ms: null, tts_first_ms: null };
  expect(latencyOf(line, [known])).toEqual({ answer: 980, steps: '' });
});
