import { useEffect, useRef } from 'react';
import { fieldErrors } from '@/kit/api';
import type { Draft } from './draft';
import { fields, type Field } from './request';
import { sentence } from '@/kit/sentence';

const pointers: readonly string[] = fields;

/** What of the draft stands in each field, to tell whether a refused value was changed since. */
const sources: Partial<Record<Field, readonly (keyof Draft)[]>> = {
  '/name': ['name'],
  '/from_number': ['fromNumber'],
  '/agent_id': ['agentId'],
  '/agent_version': ['agentId', 'agentVersion'],
  '/duplicates': ['duplicates'],
  '/default_country': ['defaultCountry'],
  '/encoding': ['encoding'],
  '/phone_column': ['phoneColumn'],
  '/header_row': ['headerRow'],
  '/column_map': ['columnMap'],
  '/starts_at': ['start', 'startsAt', 'zone'],
  '/ends_at': ['ends', 'endsAt', 'start', 'startsAt', 'zone'],
  '/time_zone': ['zone'],
  '/calling_hours': ['hours'],
  '/calling_hours/days': ['hours'],
  '/calling_hours/start': ['hours'],
  '/calling_hours/end': ['hours'],
  '/calling_hours/time_zone': ['hours'],
  '/retry/max_retries': ['maxRetries'],
  '/retry/wait_minutes': ['waitMinutes'],
  '/max_concurrent_calls': ['maxConcurrentCalls'],
  '/weight': ['weight'],
};

interface Told {
  /** What is not filled in. */
  missing: Partial<Record<Field, string>>;
  /** What the server said to the last try to save, and what was tried. */
  refusal: unknown;
  tried: Draft | undefined;
  /** What it said to the last check of the file. */
  checkError?: unknown;
}

/** What is wrong, by field; `rest` belongs to none. A refused value is marked until it is changed. */
export function formErrors(draft: Draft, { missing, refusal, tried, checkError }: Told) {
  const refused = fieldErrors(refusal, pointers);
  const checked = fieldErrors(checkError, pointers);
  const unchanged = (field: Field) => (sources[field] ?? []).every((key) => tried?.[key] === draft[key]);
  return {
    at: (field: Field): string | undefined => {
      const told = checked.at(field) ?? (unchanged(field) ? refused.at(field) : undefined);
      return missing[field] ?? (told && sentence(told));
    },
    rest: refused.rest,
  };
}

/** Puts the focus to the first marked field, each time that saving did not work. */
export function useFocusOnError(attempt: number) {
  const form = useRef<HTMLFormElement>(null);
  useEffect(() => {
    if (attempt > 0) form.current?.querySelector<HTMLElement>('[aria-invalid="true"], button[data-error]')?.focus();
  }, [attempt]);
  return form;
}
