import { Anchor, Group, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { Evidence } from '@/calls/Evidence';
import { callQuery } from '@/calls/query';
import { Transcript } from '@/calls/Transcript';
import { ErrorState, OutcomeBadge, StatusBadge, When } from '@/kit';
import type { AttemptView } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import { calls } from '@/text/en/calls';
import classes from './RecipientPanel.module.css';

interface Props {
  attempt: AttemptView;
  /** Whether its transcript is shown without being asked for. */
  opened: boolean;
}

/** One attempt: what happened, the evidence, and what was said. */
export function AttemptCard({ attempt, opened }: Props) {
  const { call_id: callId, attempt: n, outcome, end_reason: reason, dialed_at: dialed, answered_at: answered } = attempt;
  return (
    <article className={classes.attempt} aria-label={words.recipient.attempt(n)}>
      <Group justify="space-between" gap="xs">
        <Group gap="xs">
          <Title order={4} size="sm">
            {words.recipient.attempt(n)}
          </Title>
          {outcome ? <OutcomeBadge outcome={outcome} /> : <StatusBadge tone="active">{calls.evidence.inProgress}</StatusBadge>}
        </Group>
        <Anchor component={Link} to={`/calls/${callId}`} size="sm">
          {words.recipient.open}
        </Anchor>
      </Group>
      <Text size="sm">
        {reason && `${calls.endReasons[reason]}. `}
        {dialed && (
          <Text span size="sm" c="var(--text-quiet)">
            <When at={dialed} seconds />
          </Text>
        )}
      </Text>
      <Evidence attempt={attempt} />
      {answered && (
        <details open={opened} className={classes.transcript}>
          <summary>{words.recipient.transcript}</summary>
          <Said callId={callId} over={attempt.ended_at !== null} />
        </details>
      )}
    </article>
  );
}

/** A transcript is whole when its call is over. */
function Said({ callId, over }: { callId: string; over: boolean }) {
  const { data, error, refetch } = useQuery({ ...callQuery(callId), staleTime: over ? Infinity : 0 });
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  return data ? <Transcript lines={data.transcript} latencies={data.latencies} /> : <Skeleton height={60} />;
}
