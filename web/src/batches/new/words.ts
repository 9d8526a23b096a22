import type { Day, Forecast } from '@/kit/api';
import { dateTime, dayTime, duration, number, readerZone, roughly, sameClock, zoneName } from '@/kit/format';
import { forecast as forecastText } from '@/text/en/fileCheck';
import { form as text } from '@/text/en/newBatch';
import { recipientZone, retryReasons, weekdays, type Draft } from './draft';
import { instantOf, wallClock } from './zoned';

const dayOf = (at: Date, zone: string) =>
  new Intl.DateTimeFormat('en', { weekday: 'long', year: 'numeric', month: 'long', day: 'numeric', timeZone: zone }).format(at);

/** An instant in the reader's words, when the reader's clock shows another time than that zone's. */
function onYourClock(at: Date, zone: string): string {
  return sameClock(at, zone, readerZone()) ? '' : ` ${text.schedule.yours(dateTime(at))}`;
}

/** When the batch starts, confirmed in words; undefined while the time is not filled in. */
export function startWords({ start, startsAt, zone }: Draft, now: number): string | undefined {
  if (start === 'now') return text.schedule.nowWords;
  const at = instantOf(startsAt, zone);
  if (!at) return undefined;
  const [day, time] = [dayOf(at, zone), wallClock(at, zone).slice(11)];
  if (at.getTime() <= now) return text.schedule.past(day, time, zoneName(zone));
  return text.schedule.startsWords(day, time, zoneName(zone), duration(Math.max(60, Math.round((at.getTime() - now) / 60_000) * 60))) + onYourClock(at, zone);
}

/** When it stops by itself, in words. */
export function endWords({ ends, endsAt, zone }: Draft): string | undefined {
  const at = ends ? instantOf(endsAt, zone) : undefined;
  return at && text.schedule.endsWords(dayOf(at, zone), wallClock(at, zone).slice(11), zoneName(zone)) + onYourClock(at, zone);
}

/** "Monday to Friday, Sunday". */
export function daysWords(days: readonly Day[]): string {
  if (days.length === weekdays.length) return text.hours.everyDay;
  const runs: Day[][] = [];
  for (const [place, day] of weekdays.entries()) {
    if (!days.includes(day)) continue;
    const run = runs.at(-1);
    const before = weekdays[place - 1];
    if (run && before && run.at(-1) === before) run.push(day);
    else runs.push([day]);
  }
  const names = runs.flatMap((run) => {
    const [first, last] = [run[0], run.at(-1)];
    if (!first || !last || run.length < 3) return run.map((day) => text.hours.weekdays[day]);
    return [text.hours.span(text.hours.weekdays[first], text.hours.weekdays[last])];
  });
  return text.hours.list(names);
}

/** When people may be called, in words; undefined while something is not filled in. */
export function hoursWords({ on, days, start, end, zone }: Draft['hours']): string | undefined {
  if (!on) return text.hours.always;
  if (!start || !end || days.length === 0) return undefined;
  const clock = zone === recipientZone ? text.hours.recipientClock : text.hours.clock(zoneName(zone));
  const words = end > start ? text.hours.words : text.hours.overnight;
  return words(daysWords(days), start, end, clock);
}

/** What happens after a call that reached nobody, in words. */
export function retryWords({ maxRetries, waitMinutes, retry }: Draft): string {
  const { reasons, or, off, offReasons, words, apart, atOnce } = text.retry;
  const chosen = retryReasons.filter((reason) => retry[reason]).map((reason) => reasons[reason]);
  if (maxRetries === '' || maxRetries < 1) return off;
  if (chosen.length === 0) return offReasons;
  const wait = waitMinutes === '' || waitMinutes <= 0 ? atOnce : apart(duration(waitMinutes * 60));
  return words(number(maxRetries + 1), wait, or(chosen));
}

/** When a batch will be done, in words; counted from its start. */
export function forecastWords(forecast: Forecast, start: Date): { headline: string; done: string; notes: string[] } {
  const { takes, atOnce, limit, done, doneAt, cutShort, assumed, limits } = forecastText;
  const { likely_at, early_at, late_at, calls_at_once, limit: blocker, cut_short, from_history } = forecast;
  const span = takes(roughly((new Date(likely_at).getTime() - start.getTime()) / 1_000));
  const limited = blocker && blocker !== 'all_done' ? limit(limits[blocker]) : '';
  const [early, late] = [dayTime(early_at), dayTime(late_at)];
  return {
    headline: `${span}${atOnce(number(calls_at_once), calls_at_once === 1)}${limited}.`,
    done: early === late ? doneAt(late) : done(dayTime(likely_at), early, late),
    notes: [...(cut_short ? [cutShort] : []), ...(from_history ? [] : [assumed])],
  };
}
