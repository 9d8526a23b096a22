import type { Latency, Step, Utterance } from '@/kit/api';
import { wait } from '@/kit/format';
import { calls } from '@/text/en/calls';

/** How soon the agent said a line after the person's turn, and the steps before it in words. Undefined when that is not known. */
export function latencyOf(line: Utterance, latencies: readonly Latency[]): { answer: number | undefined; steps: string } | undefined {
  if (line.speaker !== 'agent') return undefined;
  const latency = latencies.find(({ first_sample_ms: began }) => began === line.start_ms);
  if (!latency) return undefined;
  const steps = stepsOf(latency);
  const words = steps.filter(([step]) => step !== 'answer').map(([step, ms]) => calls.latency.step(step, wait(ms)));
  return { answer: steps.find(([step]) => step === 'answer')?.[1], steps: words.join('\n') };
}

/** How long each step took, in milliseconds; those that are not known are left out. */
function stepsOf({ vad_end_ms: voice, stt_final_ms: known, llm_first_ms: word, tts_first_ms: sound, first_sample_ms: sent }: Latency): [Step, number][] {
  // Words may be known before the voice has ended.
  const words = typeof known === 'number' ? Math.max(known, voice ?? 0) : undefined;
  const steps: [Step, Instant, Instant][] = [
    ['answer', voice, sent],
    ['recognition', voice, words],
    ['model', words, word],
    ['speech', word, sound],
    ['sending', sound, sent],
  ];
  return steps.flatMap(([step, from, to]) => (typeof from === 'number' && typeof to === 'number' ? [[step, Math.max(0, to - from)] as [Step, number]] : []));
}

type Instant = number | null | undefined;
