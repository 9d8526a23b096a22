import { useComputedColorScheme } from '@mantine/core';
import { useEffect, useRef, type KeyboardEvent, type PointerEvent } from 'react';
import { clock } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { drawWaveform } from './draw';
import classes from './Player.module.css';
import { seekKey } from './seekKey';
import { usePeaks } from './usePeaks';

interface Props {
  url: string;
  /** In milliseconds. */
  length: number;
  position: number;
  onSeek: (ms: number) => void;
  onToggle: () => void;
}

/** The sound as a picture, the person above and the agent below; a slider by pointer and keyboard. */
export function Waveform({ url, length, position, onSeek, onToggle }: Props) {
  const { data: peaks, isPending, isError } = usePeaks(url);
  const canvas = useRef<HTMLCanvasElement>(null);
  const theme = useComputedColorScheme();

  useEffect(() => {
    const element = canvas.current;
    if (!element || !peaks) return;
    const draw = () => {
      const styles = getComputedStyle(document.documentElement);
      const colour = (name: string) => styles.getPropertyValue(name).trim();
      drawWaveform(element, peaks, { person: colour('--tone-quiet'), agent: colour('--tone-active') });
    };
    draw();
    const resized = new ResizeObserver(draw);
    resized.observe(element);
    return () => resized.disconnect();
  }, [peaks, theme]);

  function press(event: KeyboardEvent) {
    const to = seekKey(event.key, position, length);
    if (to !== undefined) onSeek(to);
    else if (event.key === ' ' || event.key === 'Enter') onToggle();
    else return;
    event.preventDefault();
  }

  function point(event: PointerEvent<HTMLDivElement>) {
    if (event.buttons !== 1) return;
    const box = event.currentTarget.getBoundingClientRect();
    event.currentTarget.setPointerCapture(event.pointerId);
    onSeek(((event.clientX - box.left) / box.width) * length);
  }

  const share = length > 0 ? Math.min(1, position / length) : 0;
  return (
    <div className={classes.lanes}>
      <div className={classes.channels} aria-hidden>
        <span>{calls.player.person}</span>
        <span>{calls.player.agent}</span>
      </div>
      <div
        className={classes.waveform}
        role="slider"
        tabIndex={0}
        aria-label={calls.player.position}
        aria-valuemin={0}
        aria-valuemax={Math.round(length / 1_000)}
        aria-valuenow={Math.round(position / 1_000)}
        aria-valuetext={calls.player.at(clock(position), clock(length))}
        onKeyDown={press}
        onPointerDown={point}
        onPointerMove={point}
      >
        <canvas ref={canvas} className={classes.canvas} aria-hidden />
        {(isPending || isError) && <span className={classes.note}>{isPending ? calls.player.drawing : calls.player.noWaveform}</span>}
        <div className={classes.heard} style={{ width: `${share * 100}%` }} />
        <div className={classes.head} style={{ insetInlineStart: `${share * 100}%` }} />
      </div>
    </div>
  );
}
