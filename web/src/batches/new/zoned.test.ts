import { describe, expect, it } from 'vitest';
import { instantOf, wallClock, zoneNames, zoneOptions } from './zoned';

describe('a clock in a time zone', () => {
  it('shows an instant as people there see it', () => {
    expect(wallClock(new Date('2026-06-03T12:05:40Z'), 'Europe/Berlin')).toBe('2026-06-03T14:05');
    expect(wallClock(new Date('2026-01-01T00:30:00Z'), 'America/New_York')).toBe('2025-12-31T19:30');
    expect(wallClock(new Date('2026-06-03T22:00:00Z'), 'Europe/Berlin')).toBe('2026-06-04T00:00');
  });

  it('is read back as the same instant, in summer and in winter', () => {
    for (const zone of ['Europe/Berlin', 'America/St_Johns', 'Asia/Kathmandu', 'Pacific/Auckland', 'UTC']) {
      for (const at of ['2026-01-15T03:45:00.000Z', '2026-07-15T21:15:00.000Z', '2026-03-29T02:30:00.000Z']) {
        expect(instantOf(wallClock(new Date(at), zone), zone)?.toISOString()).toBe(at);
      }
    }
  });

  it('gives a real instant for a time that clocks leave out', () => {
    const at = instantOf('2026-03-29T02:30', 'Europe/Berlin');
    expect(['2026-03-29T00:30:00.000Z', '2026-03-29T01:30:00.000Z']).toContain(at?.toISOString());
  });

  it('has nothing for what is no date and time', () => {
    expect(instantOf('', 'UTC')).toBeUndefined();
    expect(instantOf('tomorrow', 'UTC')).toBeUndefined();
  });

  it('names zones as people read them, and gives them as programs do', () => {
    expect(zoneOptions('UTC')).toContainEqual({ value: 'America/New_York', label: 'America/New York' });
  });

  it('knows the zones by name', () => {
    const names = zoneNames('Etc/GMT-3');
    for (const name of ['Europe/Berlin', 'Asia/Kolkata', 'UTC', 'Etc/GMT-3']) expect(names.filter((known) => known === name)).toHaveLength(1);
    expect(names).not.toContain('Asia/Calcutta');
  });
});
