import { kit } from '@/text/en/kit';

const locale = 'en';
const plain = new Intl.NumberFormat(locale);
const tenths = new Intl.NumberFormat(locale, { minimumFractionDigits: 1, maximumFractionDigits: 1 });
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

/**
 * A share as 42% (one decimal below 10%), rounded down: it is 100% only when nothing is missing. A dash
 * when there is nothing to have a share of.
 */
export function percent(part: number, whole: number): string {
  if (whole === 0) return '–';
  const thousandths = Math.floor((part * 1_000) / whole);
  return thousandths < 100 ? exactPercent.format(thousandths / 1_000) : plainPercent.format(Math.floor(thousandths / 10) / 100);
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

/** A time span that is a guess: nobody guesses to the second, so it is told in minutes, and from an hour on in five of them. */
export function roughly(seconds: number): string {
  const step = seconds < 3_600 ? 60 : 300;
  return duration(Math.max(60, Math.round(seconds / step) * step));
}

/** Milliseconds as a clock: 0:05, 12:30, 1:02:03; with tenths of a second 0:05.4. */
export function clock(ms: number, tenths = false): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const [hours, minutes, seconds] = [Math.floor(total / 3600), Math.floor(total / 60) % 60, total % 60];
  const tail = `${String(seconds).padStart(2, '0')}${tenths ? `.${Math.floor(Math.max(0, ms) / 100) % 10}` : ''}`;
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, '0')}:${tail}` : `${minutes}:${tail}`;
}

/** Milliseconds in which people wait for an answer: 0.8 s. */
export function wait(ms: number): string {
  return `${tenths.format(ms / 1_000)} s`;
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

/** "Wed, Jun 3, 14:05 EDT": an instant that somebody plans by, with its day and the zone of its clock. */
export function dayTime(at: string | number | Date, { zone }: { zone?: string | undefined } = {}): string {
  const otherYear = new Date(at).getFullYear() !== new Date().getFullYear();
  return formatterOf({
    weekday: 'short',
    ...(otherYear ? { year: 'numeric' } : {}),
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZoneName: 'short',
    ...(zone ? { timeZone: zone } : {}),
  }).format(new Date(at));
}

/** What the clocks of a zone show, "Wed 05:10", and a number that puts such clocks in order. */
export function timeIn(at: Date, zone: string): { words: string; order: number } {
  const words = formatterOf({ weekday: 'short', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(at);
  const order = Date.parse(`${formatterOf({ year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', hourCycle: 'h23', timeZone: zone }).format(at)} UTC`);
  return { words, order };
}

/** "Jun 3" in the reader's zone. */
export function dayOfMonth(at: Date): string {
  return formatterOf({ month: 'short', day: 'numeric' }).format(at);
}

/** The reader's zone as clocks are marked with it: "EDT". */
export function readerClock(at: Date = new Date()): string {
  return formatterOf({ timeZoneName: 'short' }).formatToParts(at).find(({ type }) => type === 'timeZoneName')?.value ?? '';
}

/** The head of a column of instants, with the zone of their clock: "Dialed (EDT)". */
export function inZone(head: string): string {
  return `${head} (${readerClock()})`;
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
