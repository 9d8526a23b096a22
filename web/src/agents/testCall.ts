import type { NewBatchJson, Preflight } from '@/kit/api';
import { ProblemError } from '@/kit/api';
import { isBuiltIn, placeholdersOf } from './placeholders';
import { textsOf, type Draft } from './version';

export interface TestCall {
  name: string;
  agentId: string;
  version: number;
  from: string;
  to: string;
  values: Readonly<Record<string, string>>;
}

/** The placeholders that a call of this version asks for. */
export function askedFor(draft: Draft): string[] {
  return placeholdersOf(textsOf(draft)).filter((name) => !isBuiltIn(name));
}

/** A batch of one. A value left empty is not sent where the version has a default, so that the default is said. */
export function batchOfOne({ name, agentId, version, from, to, values }: TestCall, draft: Draft): NewBatchJson {
  const said = askedFor(draft)
    .map((placeholder) => [placeholder, values[placeholder] ?? ''] as const)
    .filter(([placeholder, value]) => value !== '' || !Object.hasOwn(draft.variables, placeholder));
  return {
    name,
    test: true,
    agent_id: agentId,
    agent_version: version,
    from_number: from,
    recipients: [{ ...Object.fromEntries(said), phone_number: to.replace(/[\s().-]/g, '') }],
  };
}

/** Why the server would not call the number; undefined when it refused for another reason. */
export function refusedNumber(error: unknown): string | undefined {
  if (!(error instanceof ProblemError)) return undefined;
  const preflight = error.more.preflight as Preflight | undefined;
  const rejection = preflight?.rejections[0];
  return rejection && `${rejection.label}. ${rejection.help}`;
}
