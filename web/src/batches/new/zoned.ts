import { zoneName } from '@/kit/format';

/** What a clock shows, as a date and time field writes it: 2026-06-03T14:05. */
export type WallClock = string;

const formats = new Map<string, Intl.DateTimeFormat>();

function clockOf(zone: string): Intl.DateTimeFormat {
  const known = formats.get(zone);
  if (known) return known;
  const made = new Intl.DateTimeFormat('en-US', {
    timeZone: zone,
    hourCycle: 'h23',
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
    minute: '2-digit',
  });
  formats.set(zone, made);
  return made;
}

/** What a clock in that zone shows at an instant. */
export function wallClock(at: Date, zone: string): WallClock {
  const parts = new Map(clockOf(zone).formatToParts(at).map(({ type, value }) => [type, value]));
  const part = (type: Intl.DateTimeFormatPartTypes) => parts.get(type) ?? '';
  return `${part('year').padStart(4, '0')}-${part('month')}-${part('day')}T${part('hour')}:${part('minute')}`;
}

/** How far a clock in that zone is ahead of UTC at an instant, in milliseconds. */
function ahead(at: number, zone: string): number {
  const minute = Math.floor(at / 60_000) * 60_000;
  return Date.parse(`${wallClock(new Date(minute), zone)}Z`) - minute;
}

/**
 * The instant at which a clock in that zone shows that; undefined when it is no date and time. A time
 * that the clocks leave out in spring becomes one an hour beside it, one that they show twice in
 * autumn the first of the two or the second: the form says in words which instant it is.
 */
export function instantOf(clock: WallClock, zone: string): Date | undefined {
  const utc = Date.parse(`${clock}Z`);
  if (Number.isNaN(utc)) return undefined;
  const guess = utc - ahead(utc, zone);
  return new Date(utc - ahead(guess, zone));
}

/** Names that browsers still list, and those that people look for. */
const renamed: Readonly<Record<string, string>> = {
  'Africa/Asmera': 'Africa/Asmara',
  'America/Buenos_Aires': 'America/Argentina/Buenos_Aires',
  'America/Godthab': 'America/Nuuk',
  'Asia/Calcutta': 'Asia/Kolkata',
  'Asia/Katmandu': 'Asia/Kathmandu',
  'Asia/Rangoon': 'Asia/Yangon',
  'Asia/Saigon': 'Asia/Ho_Chi_Minh',
  'Atlantic/Faeroe': 'Atlantic/Faroe',
  'Europe/Kiev': 'Europe/Kyiv',
};

/** Every time zone there is, by its IANA name; with the chosen one, whatever its name. */
export function zoneNames(chosen: string): string[] {
  const names = Intl.supportedValuesOf('timeZone').map((name) => renamed[name] ?? name);
  return [...new Set(['UTC', ...names, chosen])].sort();
}

/** The same for a select, as people read them. */
export function zoneOptions(chosen: string): { value: string; label: string }[] {
  return zoneNames(chosen).map((value) => ({ value, label: zoneName(value) }));
}
