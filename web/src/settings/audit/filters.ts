/** The filters as they stand in the address; dates without a time, in the reader's zone. */
export const noFilters = { actor: '', action: '', subject: '', since: '', until: '' } as const;

export type AuditFilterValues = Record<keyof typeof noFilters, string>;

/** What is asked of the server: only what is set. `until` is a whole day, so the next one's beginning is its end. */
export function queryOf({ actor, action, subject, since, until }: AuditFilterValues): Partial<AuditFilterValues> {
  const bounds = { since: dayBegin(since, 0), until: dayBegin(until, 1) };
  const set = Object.entries({ actor: actor.trim(), action, subject: subject.trim(), ...bounds });
  return Object.fromEntries(set.filter(([, value]) => value !== ''));
}

function dayBegin(day: string, later: number): string {
  const [, year, month, date] = /^(\d{4})-(\d{2})-(\d{2})$/.exec(day) ?? [];
  if (!year || !month || !date) return '';
  return new Date(Number(year), Number(month) - 1, Number(date) + later).toISOString();
}

/** Every action that is written down (the server knows no list of them). */
export const actions: readonly string[] = [
  'agent.created', 'agent.updated', 'agent.deleted', 'agent_version.created', 'agent_version.updated', 'agent_version.published',
  'api_key.created', 'api_key.revoked',
  'batch.created', 'batch.updated', 'batch.started', 'batch.paused', 'batch.resumed', 'batch.stopped', 'batch.deleted',
  'kyc.submitted', 'kyc.decided', 'network_groups.switched',
  'phone_number.created', 'phone_number.updated', 'phone_number.deleted',
  'suppression.added', 'suppression.removed', 'suppressions.uploaded',
  'trunk.created', 'trunk.updated', 'trunk.deleted',
  'webhook.created', 'webhook.updated', 'webhook.deleted', 'webhook.secret_rotated', 'webhook.tested', 'webhook.redelivered',
  'workspace.updated',
];
