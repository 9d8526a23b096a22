import type { AgentView, PhoneNumberView, TrunkView } from '@/kit/api';

/** What a workspace has that a batch needs. */
export interface Having {
  trunks: readonly Pick<TrunkView, 'id'>[];
  numbers: readonly PhoneNumberView[];
  agents: readonly AgentView[];
}

export const stepNames = ['trunk', 'number', 'agent', 'batch'] as const;
export type Step = (typeof stepNames)[number];

/** The steps to a first batch that are done, and the first that is not. */
export function firstSteps({ trunks, numbers, agents }: Having): { done: ReadonlySet<Step>; next: Step } {
  const routed = numbers.some(({ trunk_id }) => trunk_id);
  const done = new Set<Step>([
    ...(trunks.length > 0 || routed ? (['trunk'] as const) : []),
    ...(routed ? (['number'] as const) : []),
    ...(agents.some(({ published_version }) => published_version) ? (['agent'] as const) : []),
  ]);
  return { done, next: stepNames.find((step) => !done.has(step)) ?? 'batch' };
}
