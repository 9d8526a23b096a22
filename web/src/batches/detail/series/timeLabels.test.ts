import { expect, it } from 'vitest';
import { timeLabels } from './timeLabels';

const at = (text: string) => new Date(text).getTime() / 1_000;
const from = (start: string, step: number, count: number) => Array.from({ length: count }, (_, index) => at(start) + index * step);

it('names each instant once, with seconds where they matter', () => {
  for (const instants of [from('2026-06-03T14:05:58', 1, 6), from('2026-06-03T14:05:00', 60, 5), from('2026-06-03T14:00:00', 10, 9), from('2026-06-02T06:00:00', 21_600, 9), from('2026-06-01T00:00:00', 43_200, 6)]) {
    const labels = timeLabels(instants);
    expect(new Set(labels).size, labels.join(' | ')).toBe(instants.length);
  }
});

it('says where a day begins, and the zone once', () => {
  const [first, second, third, fourth, fifth] = timeLabels(from('2026-06-02T18:00:00', 10_800, 5));
  expect(first).toMatch(/^18:00 \S/);
  expect([second, third, fourth, fifth]).toEqual(['21:00', 'Jun 3', '03:00', '06:00']);
});

it('does not repeat a name', () => {
  const twice = at('2026-06-03T14:05:00');
  expect(timeLabels([twice - 60, twice, twice, twice])[3]).toBe('');
});
