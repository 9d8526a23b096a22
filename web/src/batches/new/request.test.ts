import { describe, expect, it } from 'vitest';
import type { BatchView } from '@/kit/api';
import { copyOf, draftOf, emptyDraft, type Draft } from './draft';
import { batchFields, checkFields, edit, formOf, missing, missingToEdit } from './request';

const filled: Draft = {
  ...emptyDraft,
  name: ' June reminders ',
  fromNumber: '+14155550100',
  agentId: 'agent_1',
  agentVersion: 2,
  zone: 'Europe/Berlin',
};

const batch: BatchView = {
  id: 'batch_1',
  name: 'June reminders',
  status: 'scheduled',
  from_number: '+14155550100',
  agent_id: 'agent_1',
  agent_version: 2,
  file_name: 'june.csv',
  columns: ['phone_number', 'day'],
  starts_at: '2026-12-01T09:00:00Z',
  ends_at: null,
  calling_hours: { start: '09:00', end: '18:00', days: ['mon', 'sat'], time_zone: 'recipient' },
  max_concurrent_calls: 5,
  weight: 2,
  retry: { max_retries: 1, wait_minutes: 0.5, retry_on_voicemail: true },
  duplicates: 'reject',
  phone_column: 'phone_number',
  header_row: null,
  column_map: {},
  created_at: '2026-11-01T09:00:00Z',
  test: false,
  cut_calls: 0, results: [], conversations: { latencies: [], agent_failures: 0, failure_causes: [] },
  progress: {
    total: 0, pending: 0, in_progress: 0, completed: 0, no_answer: 0, voicemail: 0, failed: 0, skipped: 0, cancelled: 0, rejected: 0, answered: 0, attempts: 0, rounds: [],
  },
};

describe('the request of a new batch', () => {
  it('says what the fields say', () => {
    const { retry, calling_hours: hours, ...rest } = batchFields(filled, true);
    expect(rest).toEqual({
      name: 'June reminders',
      from_number: '+14155550100',
      agent_id: 'agent_1',
      agent_version: '2',
      duplicates: 'allow',
      weight: '1',
      start: 'true',
    });
    // Nobody is rung at night unless somebody says so.
    expect(JSON.parse(hours ?? '')).toEqual({ start: '09:00', end: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'], time_zone: 'recipient' });
    expect(JSON.parse(retry ?? '')).toMatchObject({ max_retries: 0, retry_on_no_answer: true, retry_on_voicemail: false, retry_on_busy: true, retry_on_declined: false });
  });

  it('says which row and which columns are what only when somebody chose them', () => {
    const chosen: Draft = { ...filled, phoneColumn: 'Telefon', headerRow: 3, columnMap: { day: 'Datum' } };
    expect(checkFields(chosen)).toMatchObject({ phone_column: 'Telefon', header_row: '3', column_map: '{"day":"Datum"}' });
    for (const field of ['phone_column', 'header_row', 'column_map']) expect(checkFields(filled)).not.toHaveProperty(field);
  });

  it('leaves a draft when it is not to be started', () => {
    expect(batchFields(filled, false).start).toBe('false');
  });

  it('starts when a clock in the chosen zone shows the time', () => {
    const later: Draft = { ...filled, start: 'later', startsAt: '2026-12-01T10:00' };
    expect(batchFields(later, true).starts_at).toBe('2026-12-01T09:00:00.000Z');
    expect(batchFields({ ...later, start: 'now' }, true).starts_at).toBeUndefined();
  });

  it('keeps the zone on whose clock something was chosen', () => {
    expect(batchFields(filled, true).time_zone).toBeUndefined();
    const later: Draft = { ...filled, start: 'later', startsAt: '2026-12-01T10:00', zone: 'Asia/Tokyo' };
    expect(batchFields(later, true).time_zone).toBe('Asia/Tokyo');
    const kept = draftOf({ ...batch, time_zone: 'Asia/Tokyo', starts_at: '2026-12-01T01:00:00Z' });
    expect(kept).toMatchObject({ zone: 'Asia/Tokyo', startsAt: '2026-12-01T10:00' });
    expect(edit(kept, { ...kept, zone: 'Asia/Seoul' })).toEqual({ time_zone: 'Asia/Seoul' });
    expect(edit(kept, { ...kept, zone: 'Europe/Paris' })).toEqual({ starts_at: '2026-12-01T09:00:00.000Z', time_zone: 'Europe/Paris' });
  });

  it('has calling hours only when they are on, with the days in order', () => {
    expect(checkFields({ ...filled, hours: { ...filled.hours, on: false } }).calling_hours).toBeUndefined();
    const hours = { on: true, days: ['sun', 'mon'] as const, start: '22:00', end: '02:00', zone: 'recipient' };
    expect(JSON.parse(checkFields({ ...filled, hours }).calling_hours ?? '')).toEqual({
      start: '22:00', end: '02:00', days: ['mon', 'sun'], time_zone: 'recipient',
    });
  });

  it('sends the fields before the file', () => {
    const body = formOf({ name: 'x' }, new File(['phone_number'], 'june.csv'));
    expect([...body.keys()]).toEqual(['name', 'file']);
  });
});

describe('what is not filled in', () => {
  it('is all told at once', () => {
    const broken: Draft = { ...emptyDraft, start: 'later', ends: true, hours: { ...emptyDraft.hours, on: true, days: [], start: '' } };
    expect(Object.keys(missing(broken, false)).sort()).toEqual([
      '/agent_id', '/calling_hours/days', '/calling_hours/start', '/ends_at', '/file', '/from_number', '/name', '/starts_at',
    ]);
  });

  it('is nothing when everything is there', () => {
    expect(missing(filled, true)).toEqual({});
  });

  it('is not about the file when a batch is edited', () => {
    expect(missingToEdit({ ...draftOf(batch), name: ' ' })).toEqual({ '/name': 'Give the batch a name.' });
  });
});

describe('editing', () => {
  it('sends nothing when nothing changed', () => {
    expect(edit(draftOf(batch), draftOf(batch))).toEqual({});
  });

  it('sends what changed, and null for what was cleared', () => {
    const before = draftOf(batch);
    const after: Draft = { ...before, start: 'now', hours: { ...before.hours, on: false }, maxConcurrentCalls: '', maxRetries: 2 };
    expect(edit(before, after)).toMatchObject({ starts_at: null, calling_hours: null, max_concurrent_calls: null, retry: { max_retries: 2, wait_minutes: 0.5 } });
    expect(edit(before, after)).not.toHaveProperty('name');
    expect(edit(before, after)).not.toHaveProperty('weight');
  });

  it('keeps the instant of the start through the field', () => {
    expect(edit({ ...draftOf(batch), start: 'now' }, draftOf(batch)).starts_at).toBe('2026-12-01T09:00:00.000Z');
  });

  it('leaves a batch that has no calling hours without them', () => {
    expect(draftOf({ ...batch, calling_hours: null }).hours.on).toBe(false);
  });

  it('copies all but what is bound to a moment', () => {
    const copy = copyOf(batch, 'Copy');
    expect(copy).toMatchObject({ name: 'Copy', start: 'now', startsAt: '', duplicates: 'reject', maxRetries: 1, weight: 2 });
    expect(copy.hours.days).toEqual(['mon', 'sat']);
    const export_ = copyOf({ ...batch, phone_column: 'Telefon', header_row: 2, column_map: { day: 'Datum' } }, 'Copy');
    expect(export_).toMatchObject({ phoneColumn: 'Telefon', headerRow: 2, columnMap: { day: 'Datum' } });
  });
});
