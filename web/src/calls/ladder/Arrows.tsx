import { useElementSize } from '@mantine/hooks';
import { calls } from '@/text/en/calls';
import classes from './Ladder.module.css';
import type { Ladder, Rung } from './layout';
import { pauseWords } from './words';

/** Room at the left for the time of each message. */
const times = 76;

/** The picture of a ladder. What it says stands in the list of messages too, so it is hidden from screen readers. */
export function Arrows({ layout, open }: { layout: Ladder; open: number | undefined }) {
  const { ref, width: measured } = useElementSize<HTMLDivElement>();
  const width = Math.max(260, measured);
  const left = times + 40;
  const right = width - 40;
  return (
    <div ref={ref} className={classes.picture} aria-hidden>
      <svg width={width} height={layout.height}>
        <text x={left} y={16} textAnchor="middle" className={classes.end}>
          {calls.ladder.us}
        </text>
        <text x={right} y={16} textAnchor="middle" className={classes.end}>
          {calls.ladder.them}
        </text>
        <line x1={left} x2={left} y1={24} y2={layout.height} className={classes.lifeline} />
        <line x1={right} x2={right} y1={24} y2={layout.height} className={classes.lifeline} />
        {layout.rungs.map((rung, index) => (
          <Arrow key={index} rung={rung} left={left} right={right} open={open === index} />
        ))}
      </svg>
    </div>
  );
}

function Arrow({ rung, left, right, open }: { rung: Rung; left: number; right: number; open: boolean }) {
  const { y, sent, tone, label, pause } = rung;
  const [from, to] = sent ? [left, right] : [right, left];
  const back = sent ? -8 : 8;
  const middle = (left + right) / 2;
  return (
    <g className={classes.arrow} data-tone={tone} data-open={open || undefined}>
      {pause !== undefined && (
        <text x={middle} y={rung.top - 6} textAnchor="middle" className={classes.pause}>
          {pauseWords(pause)}
        </text>
      )}
      <text x={middle} y={y - 7} textAnchor="middle" className={classes.label}>
        {label}
      </text>
      <line x1={from} x2={to} y1={y} y2={y} className={classes.shaft} />
      <polygon points={`${to},${y} ${to + back},${y - 4.5} ${to + back},${y + 4.5}`} className={classes.point} />
    </g>
  );
}
