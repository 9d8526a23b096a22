import type { Outcome, Point, SeriesView } from '@/kit/api';

/** What is drawn of each point, from the bottom of a bar to its top. */
export const drawn = ['completed', 'voicemail', 'no_answer', 'busy', 'failed'] as const satisfies readonly (Outcome & keyof Point)[];
export type Drawn = (typeof drawn)[number];

/** Columns as the chart wants them: seconds of the clock, and for each outcome the top of its part of the bar. */
export interface ChartColumns {
  times: number[];
  tops: Record<Drawn, number[]>;
  atOnce: number[];
}

export function chartColumns({ points }: SeriesView): ChartColumns {
  const tops = Object.fromEntries(drawn.map((outcome) => [outcome, [] as number[]])) as Record<Drawn, number[]>;
  for (const point of points) {
    let top = 0;
    for (const outcome of drawn) {
      top += point[outcome];
      tops[outcome].push(top);
    }
  }
  return {
    times: points.map((point) => new Date(point.at).getTime() / 1_000),
    tops,
    atOnce: points.map((point) => point.calls_at_once),
  };
}

export function ended(point: Point): number {
  return drawn.reduce((sum, outcome) => sum + point[outcome], 0);
}

/** For the chart's text: how many calls ended, and the most at once. */
export function summary({ points }: SeriesView): { ended: number; peak: number } {
  return {
    ended: points.reduce((sum, point) => sum + ended(point), 0),
    peak: points.reduce((most, point) => Math.max(most, point.calls_at_once), 0),
  };
}
