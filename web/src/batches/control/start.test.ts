import { expect, it } from 'vitest';
import { hoursFact, localTimes, whenFact } from './start';

const noon = new Date('2026-06-03T12:00:00Z').getTime();

it('tells the clocks of the people, from the earliest to the latest', () => {
  const zones = [
    { zone: 'America/New_York', count: 3 },
    { zone: 'America/Los_Angeles', count: 1 },
    { zone: 'Asia/Tokyo', count: 1 },
    { zone: null, count: 1 },
  ];
  expect(localTimes({ at: undefined, zones }, noon)).toBe('Wed 05:00 to Wed 21:00');
  expect(localTimes({ at: '2026-06-03T18:00:00Z', zones }, noon)).toBe('Wed 11:00 to Thu 03:00');
  expect(localTimes({ at: undefined, zones: zones.slice(0, 1) }, noon)).toBe('Wed 08:00');
  expect(localTimes({ at: undefined, zones: [] }, noon)).toBeUndefined();
});

it('says right away for what starts now, and else when on the clock that was chosen', () => {
  expect(whenFact({ at: undefined, zone: undefined }, noon)).toMatch(/^Right away: it is Wed, Jun 3, /);
  expect(whenFact({ at: '2026-06-03T18:00:00Z', zone: 'Asia/Tokyo' }, noon)).toMatch(/^Thu, Jun 4, 03:00 GMT\+9, which is Wed, Jun 3, /);
});

it('tells the calling hours in words, and that there are none', () => {
  const hours = { start: '09:00', end: '18:00', days: ['mon', 'tue', 'wed', 'thu', 'fri'] as const, time_zone: 'recipient' };
  expect(hoursFact({ ...hours, days: [...hours.days] })).toContain('Monday to Friday from 09:00 until 18:00 on each recipient’s clock');
  expect(hoursFact(undefined)).toMatch(/^None/);
});
