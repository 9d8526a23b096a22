import type { BatchView, CallingHours, TimeZoneCount } from '@/kit/api';
import { dayTime, readerZone, sameClock, timeIn } from '@/kit/format';
import { control } from '@/text/en/control';
import { weekdays } from '../new/draft';
import { hoursWords } from '../new/words';

/** What is about to be started. */
export interface Start {
  name: string;
  /** How many would be called; undefined when nobody could tell. */
  people: number | undefined;
  rejected?: number;
  from: string;
  /** The agent's name. */
  agent: string;
  version: number;
  /** When it begins; undefined is right away. */
  at: string | undefined;
  /** The zone of the clock on which that was chosen. */
  zone: string | undefined;
  hours: CallingHours | undefined;
  maxRetries: number;
  /** Where the people are, if that is known. */
  zones?: readonly TimeZoneCount[];
}

const words = control.start;

/** A stored batch, if it is started now or at its time. */
export function startOf(batch: BatchView, agent: string, rightAway: boolean): Start {
  const ahead = batch.starts_at && new Date(batch.starts_at).getTime() > Date.now() ? batch.starts_at : undefined;
  return {
    name: batch.name,
    people: batch.progress.pending,
    rejected: batch.progress.rejected,
    from: batch.from_number,
    agent,
    version: batch.agent_version,
    at: rightAway ? undefined : ahead,
    zone: batch.time_zone ?? undefined,
    hours: batch.calling_hours ?? undefined,
    maxRetries: batch.retry.max_retries ?? 0,
  };
}

/** "Right away", or "Wed, Jun 3, 10:30 EDT", on the clock on which it was chosen and on the reader's. */
export function whenFact({ at, zone = readerZone() }: Pick<Start, 'at' | 'zone'>, now: number): string {
  if (at === undefined) return words.rightAway(dayTime(now));
  const there = dayTime(at, { zone });
  return sameClock(at, zone, readerZone()) ? there : words.alsoYours(there, dayTime(at));
}

/** Between which times of day it is then where the people are: "05:10 to 08:10"; undefined when that is not known. */
export function localTimes({ at, zones = [] }: Pick<Start, 'at' | 'zones'>, now: number): string | undefined {
  const then = new Date(at ?? now);
  const clocks = zones.flatMap(({ zone }) => (zone ? [timeIn(then, zone)] : []));
  if (clocks.length === 0) return undefined;
  // Places in which it is another day are at the ends: order by the whole instant of the clock.
  const sorted = [...new Map(clocks.map((clock) => [clock.order, clock.words])).entries()].sort(([a], [b]) => a - b);
  const [first, last] = [sorted[0]?.[1] ?? '', sorted.at(-1)?.[1] ?? ''];
  return first === last ? first : words.span(first, last);
}

export function hoursFact(hours: CallingHours | undefined): string {
  if (!hours) return words.always;
  const { days, start, end, time_zone: zone } = hours;
  return hoursWords({ on: true, days: days ?? weekdays, start, end, zone }) ?? words.always;
}
