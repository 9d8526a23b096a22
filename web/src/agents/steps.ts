import type { AgentVersion } from '@/kit/api';

type Script = Extract<NonNullable<AgentVersion['engine']>, { type: 'script' }>;

/** A step of a script. */
export type Step = NonNullable<Script['steps']>[number];

/** Everything that steps say, in their order. */
export function stepTexts(steps: readonly Step[]): string[] {
  const texts = steps.flatMap((step) => [step.text, ...(step.type === 'ask' ? [step.no_input?.text, step.no_match?.text] : [])]);
  return texts.filter((text) => text !== undefined && text !== '') as string[];
}

/** Where a step leads, one way on each line: what happens, and where it goes on. */
export function ways(step: Step): string[] {
  const recorded = (record?: { name: string; value?: string } | null) => (record ? ` (${record.name} = ${record.value ?? ''})` : '');
  if (step.type === 'transfer') return [`→ ${step.to}${recorded(step.record)}`];
  if (step.type === 'end') return [];
  if (step.type === 'say') return step.go_to && step.go_to !== 'next' ? [`→ ${step.go_to}${recorded(step.record)}`] : [];
  return step.answers.map(({ when, go_to, record }) => `${when} → ${go_to ?? 'next'}${recorded(record)}`);
}

/** The steps as a text, to compare and to show. */
export function stepsAsText(steps: readonly Step[]): string {
  return steps.map((step) => [`${step.type}${step.name ? ` ${step.name}` : ''}: ${step.text ?? ''}`, ...ways(step)].join('\n')).join('\n');
}
