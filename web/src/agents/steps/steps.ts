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

/** The kinds of steps, as they are offered. */
export const stepTypes = ['say', 'ask', 'transfer', 'end'] as const satisfies readonly Step['type'][];

export type AskStep = Extract<Step, { type: 'ask' }>;
export type Answer = AskStep['answers'][number];
export type Miss = NonNullable<AskStep['no_input']>;
export type Recorded = NonNullable<Answer['record']>;

/** A step of another kind with the same name and text. */
export function stepOf(type: Step['type'], { name, text }: { name?: string; text?: string }): Step {
  const common = { ...(name && { name }), text: text ?? '' };
  if (type === 'ask') return { ...common, type, answers: [{ when: '1' }] };
  return type === 'transfer' ? { ...common, type, to: '' } : { ...common, type };
}

/** Lines as steps that say them. */
export function stepsOfLines(lines: readonly string[]): Step[] {
  return (lines.length > 0 ? lines : ['']).map((text) => ({ type: 'say', text }));
}

/** Where steps may lead: the next one, the goodbye, or a step that has a name. */
export function targets(steps: readonly Step[]): string[] {
  return ['next', 'end', ...new Set(steps.flatMap(({ name }) => (name ? [name] : [])))];
}

/** The steps as they are sent: what was left empty is left out. */
export function bodyOfSteps(steps: readonly Step[]): Step[] {
  return JSON.parse(JSON.stringify(steps, (key, value: unknown) => (value === null || (value === '' && key !== 'text') ? undefined : value))) as Step[];
}

/** The JSON pointers of the fields of steps. */
export function stepPointers(steps: readonly Step[]): string[] {
  const recorded = (at: string) => [`${at}/record/name`, `${at}/record/value`];
  const miss = (at: string) => [`${at}/text`, `${at}/go_to`, ...recorded(at)];
  return steps.flatMap((step, index) => {
    const at = `/engine/steps/${index}`;
    const answers = step.type === 'ask' ? step.answers.flatMap((_, nth) => ['when', 'go_to'].map((field) => `${at}/answers/${nth}/${field}`).concat(recorded(`${at}/answers/${nth}`))) : [];
    return [at, ...['name', 'text', 'to', 'go_to', 'answers', 'times', 'wait_s'].map((field) => `${at}/${field}`), ...recorded(at), ...answers, ...miss(`${at}/no_input`), ...miss(`${at}/no_match`)];
  });
}
