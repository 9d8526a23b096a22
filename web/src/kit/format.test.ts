import { describe, expect, it } from 'vitest';
import { clock, dateTime, duration, number, percent, phone, relative, sameClock } from './format';

describe('numbers', () => {
  it('have thousands separators', () => {
    expect(number(1234567)).toBe('1,234,567');
  });

  it.each([
    [1, 3, '33%'],
    [1, 200, '0.5%'],
    [0, 5, '0%'],
    [999, 1_000, '99%'],
    [99_999, 1_000_000, '9.9%'],
    [29, 100, '29%'],
    [57, 100, '57%'],
    [0, 0, '–'],
  ])('show %i of %i as %s', (part, whole, words) => {
    expect(percent(part, whole)).toBe(words);
  });
});

describe('durations in words', () => {
  it.each([
    [0, '0 seconds'],
    [0.4, 'less than a second'],
    [1, '1 second'],
    [59.6, '1 minute'],
    [61, '1 minute 1 second'],
    [2520, '42 minutes'],
    [3599, '59 minutes 59 seconds'],
    [3629, '1 hour'],
    [3600 + 300 + 31, '1 hour 6 minutes'],
    [86_399, '1 day'],
    [2 * 86_400 + 3 * 3600 + 59 * 60, '2 days 4 hours'],
  ])('%d s is %s', (seconds, words) => {
    expect(duration(seconds)).toBe(words);
  });
});

it.each([
  [0, '0:00'],
  [5_900, '0:05'],
  [754_000, '12:34'],
  [3_723_000, '1:02:03'],
])('%d ms stand as %s on a clock', (ms, words) => {
  expect(clock(ms)).toBe(words);
});

describe('instants', () => {
  const at = '2026-06-03T18:05:09Z';

  it('are shown in a zone and name it when asked', () => {
    expect(dateTime(at, { zone: 'America/New_York' })).toBe('Jun 3, 2026, 14:05');
    expect(dateTime(at, { zone: 'America/New_York', withZone: true, seconds: true })).toBe('Jun 3, 2026, 14:05:09 EDT');
  });

  it('say how far away they are', () => {
    const now = Date.parse(at);
    expect(relative('2026-06-03T18:10:09Z', now)).toBe('in 5 minutes');
    expect(relative('2026-06-03T16:05:09Z', now)).toBe('2 hours ago');
    expect(relative(at, now)).toBe('now');
  });

  it('know zones that show the same clock by another name', () => {
    expect(sameClock(at, 'Europe/Berlin', 'Europe/Paris')).toBe(true);
    expect(sameClock(at, 'Europe/Berlin', 'Europe/London')).toBe(false);
  });
});

describe('telephone numbers', () => {
  it.each([
    ['+14155550100', '+1 415 555 0100'],
    ['+442079460958', '+44 2079 460 958'],
    ['+493012345678', '+49 3012 345 678'],
    ['+35312345678', '+353 12 345 678'],
    ['+79161234567', '+7 9161 234 567'],
    ['12', '12'],
    ['<b>', '<b>'],
  ])('%s is read as %s', (e164, grouped) => {
    expect(phone(e164)).toBe(grouped);
  });

  it('keep every digit', () => {
    for (let digits = 5; digits < 15; digits += 1) {
      const e164 = `+49${'1234567890123'.slice(0, digits - 2)}`;
      expect(phone(e164).replaceAll(' ', '')).toBe(e164);
    }
  });
});
