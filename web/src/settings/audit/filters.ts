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
