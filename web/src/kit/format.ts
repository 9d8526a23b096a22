import { kit } from '@/text/en/kit';

const locale = 'en';
const plain = new Intl.NumberFormat(locale);
const plainPercent = new Intl.NumberFormat(locale, { style: 'percent' });
const exactPercent = new Intl.NumberFormat(locale, { style: 'percent', maximumFractionDigits: 1 });
const relatively = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });

/** Making a formatter is slow, and a page formats hundreds of values in a few ways. */
const formatters = new Map<string, Intl.DateTimeFormat>();

function formatterOf(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = JSON.stringify(options);
  const known = formatters.get(key) ?? new Intl.DateTimeFormat(locale, options);
  formatters.set(key, known);
  return known;
}

/** 12,345 */
export function number(value: number): string {
  return plain.format(value);
}

/** A share as 42% (one decimal below 10%); a dash when there is nothing to have a share of. */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const share = part / whole;
  return (share > 0 && share < 0.1 ? exactPercent : plainPercent).format(share);
}

const units = [
  ['day', 86_400],
  ['hour', 3_600],
  ['minute', 60],
  ['second', 1],
] as const;

/** A time span in words, two units at most: "1 hour 5 minutes", "42 minutes", "less than a second". */
export function duration(seconds: number): string {
  let left = Math.round(seconds);
  if (left < 1) return seconds > 0 ? kit.format.underASecond : kit.format.unit('second', '0', true);
  const first = units.findIndex(([, size]) => left >= size);
  // What is below the second unit is rounded into it, so that 59 minutes 59 seconds stay as they are.
  const finest = units[Math.min(first + 1, units.length - 1)]?.[1] ?? 1;
  left = Math.round(left / finest) * finest;
  return units
    .slice(Math.max(0, first - 1), first + 2)
    .flatMap(([unit, size]) => {
      const count = Math.floor(left / size);
      left -= count * size;
      return count > 0 ? [kit.format.unit(unit, number(count), count !== 1)] : [];
    })
    .join(' ');
}

/** Milliseconds as a clock: 0:05, 12:30, 1:02:03; with tenths of a second 0:05.4. */
export function clock(ms: number, tenths = false): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${String(seconds).padStart(2, '0')}${tenths ? `.${Math.floor(Math.max(0, ms) / 100) % 10}` : ''}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** The reader's own time zone. */
export function readerZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone;
}

/** A time zone for people: "America/New York". Programs write it with an underscore. */
export function zoneName(zone: string): string {
  return zone.replaceAll('_', ' ');
}

/** "Jun 3, 2026, 14:05" in the reader's zone or the given one; with its name when `withZone`. */
export function dateTime(at: string | Date, options: { zone?: string; withZone?: boolean; seconds?: boolean } = {}): string {
  return formatterOf({
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    ...(options.seconds ? { second: '2-digit' } : {}),
    ...(options.zone ? { timeZone: options.zone } : {}),
    ...(options.withZone ? { timeZoneName: 'short' } : {}),
  }).format(new Date(at));
}

/** "14:05:09" in the reader's zone. */
export function timeOfDay(at: string | Date): string {
  return formatterOf({ hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' }).format(new Date(at));
}

/** "5 minutes ago", "in 2 hours". */
export function relative(at: string | Date, now: number = Date.now()): string {
  const seconds = (new Date(at).getTime() - now) / 1000;
  const [unit, size] = units.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  return relatively.format(Math.round(seconds / size), unit);
}

/** Whether two zones show the same clock at that instant. */
export function sameClock(at: string | Date, one: string, other: string): boolean {
  return dateTime(at, { zone: one }) === dateTime(at, { zone: other });
}

/** A number in E.164, grouped for reading: +1 415 555 0100, +44 7700 900 123. */
export function phone(e164: string): string {
  const american = /^\+1(\d{3})(\d{3})(\d{4})$/.exec(e164);
  if (american) return `+1 ${american.slice(1).join(' ')}`;
  const other = /^\+(7|2[07]|3[0-469]|4[013-9]|5[1-8]|6[0-6]|8[1246]|9[0-58]|\d{3})(\d{4,})$/.exec(e164);
  if (!other?.[1] || !other[2]) return e164;
  const groups = other[2].match(/\d{1,4}(?=(?:\d{3})*$)|\d{3}/g) ?? [];
  return `+${other[1]} ${groups.join(' ')}`;
}
