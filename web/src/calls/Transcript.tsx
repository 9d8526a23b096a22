import { Text, UnstyledButton } from '@mantine/core';
import type { Latency, Utterance } from '@/kit/api';
import { wait } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { latencyOf } from './latency';
import { timesOf } from './lineTimes';
import classes from './Transcript.module.css';

interface Props {
  lines: readonly Utterance[];
  /** How soon the agent answered, turn by turn. */
  latencies?: readonly Latency[];
  /** What stands there without lines; that nothing was said, when left out. */
  none?: string;
  /** The line that is being heard. */
  current?: number;
  /** With sound: a line plays from its beginning. */
  onSeek?: (ms: number) => void;
}

/** Who said what. */
export function Transcript({ lines, latencies = [], none = calls.call.noTranscript, current = -1, onSeek }: Props) {
  if (lines.length === 0) {
    return (
      <Text size="sm" c="var(--text-quiet)">
        {none}
      </Text>
    );
  }
  const times = timesOf(lines);
  return (
    <ol className={classes.lines}>
      {lines.map((line, index) => {
        const time = times[index] ?? '';
        const latency = latencyOf(line, latencies);
        const words = (
          <>
            <span className={classes.time}>{time}</span>
            <span className={classes.speaker} data-speaker={line.speaker}>
              {calls.speakers[line.speaker] ?? line.speaker}
            </span>
            <span className={classes.text}>
              {line.text}
              {latency?.answer !== undefined && (
                <span className={classes.latency} title={latency.steps}>
                  {calls.latency.after(wait(latency.answer))}
                </span>
              )}
            </span>
          </>
        );
        return (
          <li key={`${line.start_ms} ${line.speaker}`} aria-current={index === current ? 'true' : undefined}>
            {onSeek ? (
              <UnstyledButton className={classes.line} title={calls.call.seekTo(time)} onClick={() => onSeek(line.start_ms)}>
                {words}
              </UnstyledButton>
            ) : (
              <div className={classes.line}>{words}</div>
            )}
          </li>
        );
      })}
    </ol>
  );
}
