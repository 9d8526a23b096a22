import { ActionIcon, Alert, Group, SegmentedControl, Text } from '@mantine/core';
import { IconPlayerPauseFilled, IconPlayerPlayFilled } from '@tabler/icons-react';
import { useState, type RefObject } from 'react';
import { DownloadLink } from '@/kit';
import type { RecordingView } from '@/kit/api';
import { clock, duration } from '@/kit/format';
import { calls } from '@/text/en/calls';
import classes from './Player.module.css';
import type { Player } from './usePlayer';
import { Waveform } from './Waveform';

const speeds = [1, 1.5, 2] as const;

interface Props {
  recording: RecordingView;
  audio: RefObject<HTMLAudioElement | null>;
  player: Player;
}

/** Plays a recording, person left and agent right. */
export function RecordingPlayer({ recording, audio, player }: Props) {
  const { url, duration_ms: length, lost_ms: lost, lost_reason: reason } = recording;
  const { playing, position, failed } = player;
  const [speed, setSpeed] = useState('1');
  return (
    <section aria-label={calls.player.label} className={classes.player}>
      {/* What is said stands in the transcript, beside the player. */}
      <audio ref={audio} src={url} preload="metadata">
        <track kind="captions" />
      </audio>
      <Waveform url={url} length={length} position={position} onSeek={player.seek} onToggle={player.toggle} />
      <Group gap="sm" className={classes.controls}>
        <ActionIcon size={38} radius="xl" aria-label={playing ? calls.player.pause : calls.player.play} onClick={player.toggle} disabled={failed}>
          {playing ? <IconPlayerPauseFilled size={18} /> : <IconPlayerPlayFilled size={18} />}
        </ActionIcon>
        <Text size="sm" className={classes.time}>
          {clock(position)} / {clock(length)}
        </Text>
        <SegmentedControl
          size="xs"
          aria-label={calls.player.speed}
          data={speeds.map((value) => ({ value: String(value), label: calls.player.times(String(value)) }))}
          value={speed}
          onChange={(next) => {
            setSpeed(next);
            player.setSpeed(Number(next));
          }}
        />
        <DownloadLink href={url} size="xs" className={classes.download}>
          {calls.player.download}
        </DownloadLink>
      </Group>
      {failed && <Alert color="red">{calls.player.notPlayable}</Alert>}
      {lost > 0 && (
        <Text size="sm" c="var(--text-quiet)">
          {calls.player.lost(duration(lost / 1_000), reason ?? calls.player.lostToSlowDisk)}
        </Text>
      )}
    </section>
  );
}
