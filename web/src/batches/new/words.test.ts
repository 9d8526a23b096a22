import { describe, expect, it } from 'vitest';
import { readerZone } from '@/kit/format';
import { emptyDraft, type Draft } from './draft';
import { daysWords, endWords, forecastWords, hoursWords, retryWords, startWords } from './words';
import { instantOf } from './zoned';

const now = Date.parse('2026-06-01T12:05:00Z');

describe('the schedule in words', () => {
  const later: Draft = { ...emptyDraft, start: 'later', startsAt: '2026-06-03T14:05', zone: 'Asia/Kathmandu' };

  it('confirms day, time, zone and how long it is until then', () => {
    expect(startWords(later, now)).toContain('Starts on Wednesday, June 3, 2026 at 14:05, Asia/Kathmandu: in 1 day 20 hours.');
  });

  it('adds the time on the reader’s clock where that differs', () => {
    expect(startWords(later, now)).toContain('on your clock');
    expect(startWords({ ...later, zone: readerZone() }, now)).not.toContain('on your clock');
  });

  it('says that a time has passed', () => {
    expect(startWords({ ...later, startsAt: '2026-05-03T14:05' }, now)).toContain('has passed');
  });

  it('says nothing about a time that is not filled in', () => {
    expect(startWords({ ...later, startsAt: '' }, now)).toBeUndefined();
    expect(endWords({ ...later, ends: true })).toBeUndefined();
    expect(endWords({ ...later, ends: true, endsAt: '2026-06-04T18:00' })).toContain('Stops on Thursday, June 4, 2026 at 18:00, Asia/Kathmandu');
  });
});

describe('calling hours in words', () => {
  it('draws neighbouring days together', () => {
    expect(daysWords(['mon', 'tue', 'wed', 'thu', 'fri'])).toBe('Monday to Friday');
    expect(daysWords(['sun', 'mon', 'tue'])).toBe('Monday, Tuesday, Sunday');
    expect(daysWords(['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'])).toBe('every day');
  });

  it('says whose clock, and when the window runs over midnight', () => {
    const hours = { ...emptyDraft.hours, on: true };
    expect(hoursWords(hours)).toBe('Calls go out Monday to Friday from 09:00 until 18:00 on each recipient’s clock.');
    expect(hoursWords({ ...hours, start: '22:00', end: '02:00', zone: 'Europe/London' })).toBe(
      'Calls go out Monday to Friday from 22:00 until 02:00 the next morning in Europe/London.',
    );
    expect(hoursWords({ ...hours, days: [] })).toBeUndefined();
    expect(hoursWords({ ...hours, on: false })).toBe('People may be called at any hour.');
  });
});

describe('retries in words', () => {
  it('counts the first call too', () => {
    expect(retryWords({ ...emptyDraft, maxRetries: 2, waitMinutes: 90, retry: { ...emptyDraft.retry, on_failed: false } })).toBe(
      'Each person is called at most 3 times, 1 hour 30 minutes apart, when nobody answers or the line is busy.',
    );
  });

  it('names those who declined only when they are called again', () => {
    const only = { on_no_answer: false, on_voicemail: false, on_busy: false, on_declined: true, on_failed: false, on_interrupted: false };
    expect(retryWords({ ...emptyDraft, maxRetries: 1 })).not.toContain('declines');
    expect(retryWords({ ...emptyDraft, maxRetries: 1, retry: only })).toContain('when the person declines the call.');
  });

  it('says when nobody is called again', () => {
    const none = { on_no_answer: false, on_voicemail: false, on_busy: false, on_declined: false, on_failed: false, on_interrupted: false };
    expect(retryWords({ ...emptyDraft, maxRetries: '' })).toBe('Everybody is called once.');
    expect(retryWords({ ...emptyDraft, maxRetries: 1, retry: none })).toContain('no reason');
  });
});

describe('the forecast in words', () => {
  const start = instantOf('2026-06-03T09:00', 'UTC') ?? new Date(0);
  const forecast = {
    early_at: '2026-06-03T09:30:00Z',
    likely_at: '2026-06-03T09:42:04Z',
    late_at: '2026-06-03T10:00:00Z',
    limit: 'trunk_cps' as const,
    calls_at_once: 20,
    cut_short: false,
    from_history: true,
    detail: '',
  };

  it('tells how long, at how many calls, and what limits it', () => {
    expect(forecastWords(forecast, start).headline).toBe('About 42 minutes at 20 calls at once; the limit is the trunk’s pace.');
    expect(forecastWords({ ...forecast, limit: null, calls_at_once: 1 }, start).headline).toBe('About 42 minutes at 1 call at once.');
  });

  it('tells no seconds, and names the day and the zone', () => {
    expect(forecastWords({ ...forecast, likely_at: '2026-06-03T09:00:07Z' }, start).headline).toMatch(/^About 1 minute at/);
    expect(forecastWords({ ...forecast, likely_at: '2026-06-03T11:02:31Z' }, start).headline).toMatch(/^About 2 hours 5 minutes at/);
    expect(forecastWords(forecast, start).done).toMatch(/^Done around Wed, Jun 3, \d\d:42 \S+, between Wed, Jun 3, \d\d:30 \S+ and/);
  });

  it('does not tell a range that is none, or a limit that is none', () => {
    const short = { ...forecast, early_at: forecast.likely_at, late_at: forecast.likely_at, limit: 'all_done' as const };
    expect(forecastWords(short, start).done).not.toContain('between');
    expect(forecastWords(short, start).headline).not.toContain('limit');
  });

  it('warns when the end comes too early, and says what is assumed', () => {
    expect(forecastWords(forecast, start).notes).toEqual([]);
    expect(forecastWords({ ...forecast, cut_short: true, from_history: false }, start).notes).toHaveLength(2);
  });
});
