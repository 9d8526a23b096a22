import type { BatchEdit, BatchState, CallingHours } from '@/kit/api';
import { form as text } from '@/text/en/newBatch';
import { weekdays, type Draft } from './draft';
import { instantOf } from './zoned';

/** Fields of the form by JSON pointer, for the mistakes that the server finds. */
export const fields = [
  '/name',
  '/from_number',
  '/agent_id',
  '/agent_version',
  '/file',
  '/duplicates',
  '/default_country',
  '/encoding',
  '/phone_column',
  '/header_row',
  '/column_map',
  '/starts_at',
  '/ends_at',
  '/time_zone',
  '/calling_hours',
  '/calling_hours/days',
  '/calling_hours/start',
  '/calling_hours/end',
  '/calling_hours/time_zone',
  '/retry/max_retries',
  '/retry/wait_minutes',
  '/max_concurrent_calls',
  '/weight',
] as const;

export type Field = (typeof fields)[number];

/** What is not filled in, by field: the server would say it in words for programs. */
export function missing(draft: Draft, hasFile: boolean): Partial<Record<Field, string>> {
  const { required } = text;
  return {
    ...missingToEdit(draft),
    ...(draft.fromNumber ? {} : { '/from_number': required.from_number }),
    ...(draft.agentId ? {} : { '/agent_id': required.agent_id }),
    ...(draft.agentId && !draft.agentVersion ? { '/agent_version': required.agent_version } : {}),
    ...(hasFile ? {} : { '/file': required.file }),
  };
}

/** The same of a batch that exists. */
export function missingToEdit(draft: Draft): Partial<Record<Field, string>> {
  const { required } = text;
  const { hours, zone } = draft;
  return {
    ...(draft.name.trim() ? {} : { '/name': required.name }),
    ...(draft.start === 'later' && !instantOf(draft.startsAt, zone) ? { '/starts_at': required.starts_at } : {}),
    ...(draft.ends && !instantOf(draft.endsAt, zone) ? { '/ends_at': required.ends_at } : {}),
    ...(hours.on && !hours.start ? { '/calling_hours/start': required.calling_hours } : {}),
    ...(hours.on && !hours.end ? { '/calling_hours/end': required.calling_hours } : {}),
    ...(hours.on && hours.days.length === 0 ? { '/calling_hours/days': required.days } : {}),
  };
}

const startsAt = ({ start, startsAt, zone }: Draft) => (start === 'later' ? instantOf(startsAt, zone)?.toISOString() : undefined);
const endsAt = ({ ends, endsAt, zone }: Draft) => (ends ? instantOf(endsAt, zone)?.toISOString() : undefined);

export function callingHours({ hours }: Draft): CallingHours | undefined {
  const { on, days, start, end, zone } = hours;
  if (!on || !start || !end || days.length === 0) return undefined;
  return { start, end, days: weekdays.filter((day) => days.includes(day)), time_zone: zone };
}

function retryOf({ maxRetries, waitMinutes, retry }: Draft) {
  const { on_no_answer, on_voicemail, on_busy, on_declined, on_failed, on_interrupted } = retry;
  return {
    max_retries: maxRetries === '' ? 0 : maxRetries,
    wait_minutes: waitMinutes === '' ? 0 : waitMinutes,
    retry_on_no_answer: on_no_answer,
    retry_on_voicemail: on_voicemail,
    retry_on_busy: on_busy,
    retry_on_declined: on_declined,
    retry_on_failed: on_failed,
    retry_on_interrupted: on_interrupted,
  };
}

/** What decides what becomes of the file, and when the batch is done: the fields of the check. */
export function checkFields(draft: Draft): Record<string, string> {
  const hours = callingHours(draft);
  const given: Record<string, string | number | undefined> = {
    from_number: draft.fromNumber,
    agent_id: draft.agentId,
    agent_version: draft.agentId ? draft.agentVersion : undefined,
    duplicates: draft.duplicates,
    default_country: draft.defaultCountry,
    encoding: draft.encoding.trim(),
    phone_column: draft.phoneColumn,
    header_row: draft.headerRow,
    column_map: Object.keys(draft.columnMap).length > 0 ? JSON.stringify(draft.columnMap) : undefined,
    starts_at: startsAt(draft),
    ends_at: endsAt(draft),
    calling_hours: hours && JSON.stringify(hours),
    retry: JSON.stringify(retryOf(draft)),
    max_concurrent_calls: draft.maxConcurrentCalls,
    weight: draft.weight,
  };
  return Object.fromEntries(
    Object.entries(given).flatMap(([name, value]) => (value === undefined || value === '' ? [] : [[name, String(value)]])),
  );
}

/** The fields of a new batch; `start: false` leaves a draft. */
export function batchFields(draft: Draft, start: boolean): Record<string, string> {
  const zone = zoneOf(draft);
  return { name: draft.name.trim(), ...checkFields(draft), ...(zone ? { time_zone: zone } : {}), start: String(start) };
}

/** The zone on whose clock something was chosen. */
function zoneOf({ start, ends, zone }: Draft): string | undefined {
  return start === 'later' || ends ? zone : undefined;
}

/** The fields before the file: the server reads a form from its beginning. */
export function formOf(values: Record<string, string>, file: File): FormData {
  const body = new FormData();
  for (const [name, value] of Object.entries(values)) body.append(name, value);
  body.append('file', file, file.name);
  return body;
}

/** Whether a batch in that state may still get another start. */
export function mayMoveStart(state: BatchState): boolean {
  return state === 'draft' || state === 'scheduled';
}

/** Whether anything but the name of a batch in that state may be changed. */
export function mayEdit(state: BatchState): boolean {
  return state !== 'completed' && state !== 'cancelled';
}

/** What of a batch can be changed, as the API has it. */
function editable(draft: Draft): BatchEdit {
  return {
    name: draft.name.trim(),
    starts_at: startsAt(draft) ?? null,
    ends_at: endsAt(draft) ?? null,
    time_zone: zoneOf(draft) ?? null,
    calling_hours: callingHours(draft) ?? null,
    retry: retryOf(draft),
    max_concurrent_calls: draft.maxConcurrentCalls === '' ? null : draft.maxConcurrentCalls,
    weight: draft.weight === '' ? null : draft.weight,
  };
}

/** What changed between two states of the fields, as a PATCH: what is left out stays, null clears. */
export function edit(before: Draft, after: Draft): BatchEdit {
  const was = editable(before);
  const changes = Object.entries(editable(after)).filter(
    ([key, value]) => JSON.stringify(value) !== JSON.stringify(was[key as keyof BatchEdit]),
  );
  return Object.fromEntries(changes);
}
