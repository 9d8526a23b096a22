import { dateTime, timeOfDay } from './format';

/** As much of an instant as tells it from others of today: "14:05:09", or "Jun 3, 14:05" of another day. */
export function shortTime(at: string, now: number = Date.now()): string {
  const day = (instant: string | number) => new Date(instant).toDateString();
  if (day(at) === day(now)) return timeOfDay(at);
  const year = new Date(at).getFullYear();
  return year === new Date(now).getFullYear() ? dateTime(at).replace(`, ${year}`, '') : dateTime(at);
}
