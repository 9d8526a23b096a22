import type { BatchView, Day } from '@/kit/api';
import { readerZone } from '@/kit/format';
import { wallClock, type WallClock } from './zoned';

/** A number field: empty while nothing is in it. */
export type NumberField = number | '';

export const retryReasons = ['on_no_answer', 'on_voicemail', 'on_busy', 'on_declined', 'on_failed', 'on_interrupted'] as const;
export type RetryReason = (typeof retryReasons)[number];

export const weekdays: readonly Day[] = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];

/** For calling hours: whose clock, when it is not a zone's. */
export const recipientZone = 'recipient';

/** The column with the numbers when nobody chooses another. */
export const numberColumn = 'phone_number';

/** What the fields of the drawer hold. */
export interface Draft {
  name: string;
  fromNumber: string;
  agentId: string;
  agentVersion: number | undefined;
  duplicates: 'allow' | 'reject';
  defaultCountry: string;
  encoding: string;
  /** The column with the numbers; empty: `phone_number`. */
  phoneColumn: string;
  /** The row of the header; empty: the first that is not blank. */
  headerRow: NumberField;
  /** The columns of placeholders that are called otherwise. */
  columnMap: Readonly<Record<string, string>>;
  start: 'now' | 'later';
  startsAt: WallClock;
  ends: boolean;
  endsAt: WallClock;
  /** Whose clock `startsAt` and `endsAt` are read on. */
  zone: string;
  hours: { on: boolean; days: readonly Day[]; start: string; end: string; zone: string };
  maxRetries: NumberField;
  waitMinutes: NumberField;
  retry: Readonly<Record<RetryReason, boolean>>;
  maxConcurrentCalls: NumberField;
  weight: NumberField;
}

export const emptyDraft: Draft = {
  name: '',
  fromNumber: '',
  agentId: '',
  agentVersion: undefined,
  duplicates: 'allow',
  defaultCountry: '',
  encoding: '',
  phoneColumn: '',
  headerRow: '',
  columnMap: {},
  start: 'now',
  startsAt: '',
  ends: false,
  endsAt: '',
  zone: readerZone(),
  hours: { on: true, days: ['mon', 'tue', 'wed', 'thu', 'fri'], start: '09:00', end: '18:00', zone: recipientZone },
  maxRetries: 0,
  waitMinutes: 30,
  retry: { on_no_answer: true, on_voicemail: false, on_busy: true, on_declined: false, on_failed: true, on_interrupted: false },
  maxConcurrentCalls: '',
  weight: 1,
};

/** The fields as a batch has them. */
export function draftOf(batch: BatchView): Draft {
  const { retry, calling_hours: hours } = batch;
  const zone = batch.time_zone ?? readerZone();
  const clock = (at: string | null | undefined) => (at ? wallClock(new Date(at), zone) : '');
  return {
    name: batch.name,
    fromNumber: batch.from_number,
    agentId: batch.agent_id,
    agentVersion: batch.agent_version,
    duplicates: batch.duplicates === 'reject' ? 'reject' : 'allow',
    defaultCountry: batch.default_country ?? '',
    encoding: '',
    phoneColumn: batch.phone_column === numberColumn ? '' : batch.phone_column,
    headerRow: batch.header_row ?? '',
    columnMap: batch.column_map,
    start: batch.starts_at ? 'later' : 'now',
    startsAt: clock(batch.starts_at),
    ends: Boolean(batch.ends_at),
    endsAt: clock(batch.ends_at),
    zone,
    hours: hours
      ? { on: true, days: hours.days ?? weekdays, start: hours.start, end: hours.end, zone: hours.time_zone }
      : { ...emptyDraft.hours, on: false },
    maxRetries: retry.max_retries ?? 0,
    waitMinutes: retry.wait_minutes ?? 0,
    retry: {
      on_no_answer: retry.retry_on_no_answer ?? true,
      on_voicemail: retry.retry_on_voicemail ?? false,
      on_busy: retry.retry_on_busy ?? true,
      on_declined: retry.retry_on_declined ?? false,
      on_failed: retry.retry_on_failed ?? true,
      on_interrupted: retry.retry_on_interrupted ?? false,
    },
    maxConcurrentCalls: batch.max_concurrent_calls ?? '',
    weight: batch.weight,
  };
}

/** A batch like another one, for another file: what is bound to a moment is not taken over. */
export function copyOf(batch: BatchView, name: string): Draft {
  return { ...draftOf(batch), name, start: 'now', startsAt: '', ends: false, endsAt: '' };
}
