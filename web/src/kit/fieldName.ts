import { fieldNames } from '@/text/en/fields';
import type { ProblemError } from './api';

/** What the page calls the field of a JSON pointer: "Max Retries" for `/retry/max_retries`. */
export function fieldName(pointer: string): string {
  const named = pointer.split('/').filter((part) => part !== '' && !/^\d+$/.test(part));
  const last = named.at(-1) ?? '';
  if (Object.hasOwn(fieldNames, last)) return fieldNames[last] ?? last;
  const words = last.replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}

/** Why something was not done, in one text; mistakes with the page's words for their fields. */
export function problemWords({ detail, errors }: ProblemError): string {
  const fields = errors.filter(({ pointer }) => pointer !== '');
  if (fields.length === 0 || fields.length < errors.length) return detail;
  return fields.map(({ pointer, detail: wrong }) => `${fieldName(pointer)} ${wrong}.`).join(' ');
}
