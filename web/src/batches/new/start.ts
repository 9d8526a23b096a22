import type { Preflight } from '@/kit/api';
import type { Start } from '../control/start';
import type { Draft } from './draft';
import { callingHours } from './request';
import { instantOf } from './zoned';

/** What would be started, as far as the check of the file tells. */
export function startOfDraft(draft: Draft, report: Preflight | undefined, agent: string | undefined): Start {
  return {
    name: draft.name.trim(),
    people: report?.accepted,
    rejected: report?.rejected ?? 0,
    from: draft.fromNumber,
    agent: agent ?? draft.agentId,
    version: draft.agentVersion ?? 0,
    at: draft.start === 'later' ? instantOf(draft.startsAt, draft.zone)?.toISOString() : undefined,
    zone: draft.zone,
    hours: callingHours(draft),
    maxRetries: draft.maxRetries === '' ? 0 : draft.maxRetries,
    zones: report?.time_zones ?? [],
  };
}
