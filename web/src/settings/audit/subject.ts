import type { AuditEntry } from '@/kit/api';
import { phone } from '@/kit/format';

/** What was changed, by its name where the entry tells one: "Carrier (trunk_3)". */
export function subjectWords({ subject, before, after }: Pick<AuditEntry, 'subject' | 'before' | 'after'>): string {
  const name = nameOf(after) ?? nameOf(before);
  if (name === undefined) return subject;
  return [subject, phone(subject)].includes(name) ? name : `${name} (${subject})`;
}

function nameOf(thing: unknown): string | undefined {
  if (typeof thing !== 'object' || thing === null) return undefined;
  if ('name' in thing && typeof thing.name === 'string' && thing.name !== '') return thing.name;
  if ('number' in thing && typeof thing.number === 'string') return phone(thing.number);
  if ('url' in thing && typeof thing.url === 'string') return thing.url;
  return undefined;
}
