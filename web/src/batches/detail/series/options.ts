import uPlot from 'uplot';
import { outcomeTones } from '@/kit';
import { number } from '@/kit/format';
import { drawn } from './columns';
import { timeLabels, timeSteps } from './timeLabels';
import type { MakeOptions } from './useChart';

type Colour = Parameters<MakeOptions>[0];

/** Both charts share the pointer, and a gutter, so that one time stands below the other. */
const gutter = 46;

function axes(colour: Colour, times: boolean): uPlot.Axis[] {
  const stroke = colour('--text-quiet');
  const grid = { stroke: colour('--mantine-color-default-border'), width: 1 };
  const font = `11px ${colour('--mantine-font-family') || 'sans-serif'}`;
  return [
    { stroke, font, grid: { show: false }, ticks: { show: times, stroke: grid.stroke, size: 4 }, size: times ? 26 : 6, space: 84, incrs: timeSteps, values: (_, at) => (times ? timeLabels(at) : at.map(() => '')) },
    { stroke, font, grid, ticks: { show: false }, size: gutter, space: 28, incrs: [1, 2, 5, 10, 20, 50, 100, 200, 500, 1_000, 2_000, 5_000, 10_000, 50_000, 100_000], values: (_, at) => at.map((value) => number(value)) },
  ];
}

function shared(key: string, onPoint: (index: number | undefined) => void): Pick<uPlot.Options, 'cursor' | 'legend' | 'hooks' | 'padding'> {
  return {
    padding: [8, 28, 0, 0],
    legend: { show: false },
    cursor: { y: false, drag: { x: false, y: false }, points: { show: false }, sync: { key } },
    hooks: { setCursor: [(plot) => onPoint(plot.cursor.idx ?? undefined)] },
  };
}

/** Stacked bars: how many calls ended, by outcome. The highest is drawn first, and the lower ones over it. */
export function outcomeOptions(key: string, onPoint: (index: number | undefined) => void): MakeOptions {
  return (colour) => ({
    ...shared(key, onPoint),
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.05)] } },
    axes: axes(colour, false),
    series: [
      {},
      ...[...drawn].reverse().map((outcome) => ({
        fill: colour(`--tone-${outcomeTones[outcome]}`),
        width: 0,
        paths: uPlot.paths.bars?.({ size: [0.8, 28, 1] }),
        points: { show: false },
      })),
    ],
  });
}

/** Calls at once as steps, under a dashed line at their limit. */
export function atOnceOptions(key: string, onPoint: (index: number | undefined) => void): MakeOptions {
  return (colour) => ({
    ...shared(key, onPoint),
    scales: { y: { range: (_, __, most) => [0, Math.max(1, most * 1.15)] } },
    axes: axes(colour, true),
    series: [
      {},
      {
        stroke: colour('--tone-active'),
        fill: `color-mix(in srgb, ${colour('--tone-active')} 18%, transparent)`,
        width: 1.5,
        paths: uPlot.paths.stepped?.({ align: 1 }),
        points: { show: false },
      },
      { stroke: colour('--text-quiet'), width: 1, dash: [5, 4], points: { show: false } },
    ],
  });
}
