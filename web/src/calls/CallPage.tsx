import { Anchor, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { useRef, type ReactNode } from 'react';
import { Link, useParams } from 'react-router';
import { ErrorState, OutcomeBadge, PageHeader, StatusBadge } from '@/kit';
import type { CallView } from '@/kit/api';
import { phone } from '@/kit/format';
import { useLive } from '@/kit/live';
import { calls } from '@/text/en/calls';
import { CallFacts } from './CallFacts';
import classes from './CallPage.module.css';
import { currentLine } from './currentLine';
import { liveState } from './facts';
import { SipLadder } from './ladder/SipLadder';
import { RecordingPlayer } from './player/RecordingPlayer';
import { usePlayer } from './player/usePlayer';
import { callQuery } from './query';
import { Timeline } from './Timeline';
import { Transcript } from './Transcript';

/** The interval between two looks at a call that talks. */
const AGAIN_MS = 2_000;

/** One call with all that is kept of it. */
export function CallPage() {
  const { id = '' } = useParams();
  const client = useQueryClient();
  const { data, error, refetch } = useQuery({
    ...callQuery(id),
    // No event tells of a turn: while the call talks, its transcript is fetched anew.
    refetchInterval: ({ state: { data: call } }) => (call?.answered_at && !call.ended_at ? AGAIN_MS : false),
  });
  useLive((events) => {
    if (events.some((event) => 'data' in event && event.data.call_id === id)) void client.invalidateQueries({ queryKey: ['call', id] });
  });
  if (data) return <Loaded key={id} call={data} />;
  return (
    <>
      <PageHeader title={calls.list.title} above={<Back />} />
      {error ? <ErrorState error={error} onRetry={() => void refetch()} /> : <Skeleton height={400} />}
    </>
  );
}

function Loaded({ call }: { call: CallView }) {
  const { outcome, end_reason: reason, recording, transcript, timeline, sip_ladder: ladder } = call;
  const audio = useRef<HTMLAudioElement>(null);
  const player = usePlayer(audio, recording?.duration_ms ?? 0);
  const heard = recording && (player.playing || player.position > 0);
  return (
    <>
      <PageHeader
        title={calls.call.title(phone(call.to_number))}
        above={<Back />}
        badge={
          <Group gap="xs" wrap="nowrap">
            {outcome ? <OutcomeBadge outcome={outcome} /> : <StatusBadge tone="active">{calls.evidence.inProgress}</StatusBadge>}
          </Group>
        }
        below={[call.ended_at ? undefined : liveState(call), reason && calls.endReasons[reason], calls.call.attempt(call.attempt)].filter(Boolean).join(' · ')}
      />
      <div className={classes.page}>
        <Stack gap="lg" className={classes.main}>
          <Sound call={call}>{recording && <RecordingPlayer recording={recording} audio={audio} player={player} />}</Sound>
          {call.answered_at && (
            <Panel id="transcript" title={calls.call.transcript}>
              <Transcript
                lines={transcript}
                latencies={call.latencies}
                none={call.ended_at ? calls.call.noTranscript : calls.call.live.transcript}
                current={heard ? currentLine(transcript, player.position) : -1}
                {...(recording ? { onSeek: (ms: number) => player.seek(ms, true) } : {})}
              />
            </Panel>
          )}
        </Stack>
        <Stack gap="lg">
          <Panel id="facts" title={calls.call.facts}>
            <Stack gap="md">
              <CallFacts call={call} />
            </Stack>
          </Panel>
          <Panel id="timeline" title={calls.call.timeline}>
            <Timeline moments={timeline} results={call.results} />
          </Panel>
        </Stack>
        <div className={classes.wide}>
          <Panel id="ladder" title={calls.call.ladder}>
            <SipLadder ladder={ladder} none={call.ended_at ? calls.ladder.none : calls.call.live.ladder} />
          </Panel>
        </div>
      </div>
    </>
  );
}

/** The player, or why there is none. */
function Sound({ call, children }: { call: CallView; children: ReactNode }) {
  if (children) return children;
  if (!call.ended_at) return <Text c="var(--text-quiet)">{calls.call.live.coming}</Text>;
  return <Text c="var(--text-quiet)">{call.answered_at ? withoutSound(call.talk_s) : calls.call.notAnswered}</Text>;
}

function Panel({ id, title, children }: { id: string; title: string; children: ReactNode }) {
  return (
    <section aria-labelledby={id}>
      <Title order={2} id={id} mb="xs">
        {title}
      </Title>
      {children}
    </section>
  );
}

function Back() {
  return (
    <Anchor component={Link} to="/calls" inherit>
      {calls.list.title}
    </Anchor>
  );
}

/** Why an answered call has no recording: of a tenth of a second there is none, whatever the server keeps. */
function withoutSound(talkS: number | null | undefined): string {
  return (talkS ?? 0) < 0.1 ? calls.player.atOnce : calls.player.none;
}
