import { dayOfMonth, readerClock, timeOfDay } from '@/kit/format';

/** Seconds between two marks of the axis; below a second two of them would have one name. */
export const timeSteps = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1_800, 3_600, 7_200, 10_800, 21_600, 43_200, 86_400, 172_800, 604_800, 2_592_000];

/**
 * Names for instants on an axis, in seconds of the clock, each told apart from the others: times of day
 * with seconds only where they are needed, days where a day begins. The first one names the zone.
 */
export function timeLabels(instants: readonly number[]): string[] {
  const whole = instants.every((instant) => instant % 60 === 0);
  const given = new Set<string>();
  let day = '';
  return instants.map((instant, index) => {
    const at = new Date(instant * 1_000);
    const time = whole ? timeOfDay(at).slice(0, 5) : timeOfDay(at);
    const today = dayOfMonth(at);
    const begins = index > 0 && today !== day;
    day = today;
    const name = begins ? (time.startsWith('00:00') ? today : `${today}, ${time}`) : index === 0 ? `${time} ${readerClock(at)}` : time;
    // A time of another day; what is shown twice by clocks that are put back is named once.
    const told = [name, `${today}, ${time}`].find((label) => !given.has(label)) ?? '';
    given.add(told);
    return told;
  });
}
