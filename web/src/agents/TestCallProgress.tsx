import { Anchor, Button, Group, Loader, Skeleton, Stack, Text } from '@mantine/core';
import { useQuery, useQueryClient } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ErrorState, OutcomeBadge } from '@/kit';
import { api, ok } from '@/kit/api';
import { duration, phone } from '@/kit/format';
import { useLive } from '@/kit/live';
import { agents } from '@/text/en/agents';

interface Props {
  batchId: string;
  onAgain: () => void;
}

/** What becomes of a test call, while it happens. */
export function TestCallProgress({ batchId, onAgain }: Props) {
  const client = useQueryClient();
  const batch = useQuery({
    queryKey: ['batch', batchId],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}', { params: { path: { id: batchId } } })),
  });
  const calls = useQuery({
    queryKey: ['calls', { batch_id: batchId }],
    queryFn: () => ok(api.GET('/v1/calls', { params: { query: { batch_id: batchId, limit: 1 } } })),
  });
  useLive(() => {
    void client.invalidateQueries({ queryKey: ['batch', batchId] });
    void client.invalidateQueries({ queryKey: ['calls', { batch_id: batchId }] });
  }, batchId);

  const error = batch.error ?? calls.error;
  if (error) return <ErrorState error={error} onRetry={() => void Promise.all([batch.refetch(), calls.refetch()])} />;
  if (!batch.data || !calls.data) return <Skeleton height={120} />;
  const call = calls.data.items[0];
  const over = batch.data.status === 'completed' || batch.data.status === 'cancelled';
  return (
    <Stack gap="sm">
      <Group gap="xs" role="status">
        {!over && <Loader size="xs" aria-hidden />}
        <Text fw={600}>{over ? agents.test.ended : call ? (call.answered_at ? agents.test.talking : agents.test.ringing) : agents.test.waiting}</Text>
        {call?.outcome && <OutcomeBadge outcome={call.outcome} />}
      </Group>
      {call && <Text c="var(--text-quiet)">{phone(call.to_number)}</Text>}
      {!over && !call && batch.data.blocker && <Text>{agents.test.waitingWhy(batch.data.blocker.detail)}</Text>}
      {typeof call?.talk_s === 'number' && <Text>{agents.test.talk(duration(call.talk_s))}</Text>}
      {typeof call?.sip_code === 'number' && <Text>{agents.test.answer(call.sip_code, call.sip_reason ?? '')}</Text>}
      <Group gap="md">
        {call && (
          <Anchor component={Link} to={`/calls/${call.call_id}`}>
            {agents.test.toCall}
          </Anchor>
        )}
        <Anchor component={Link} to={`/batch-calls/${batchId}`}>
          {agents.test.toBatch}
        </Anchor>
      </Group>
      {over && (
        <Button variant="default" onClick={onAgain}>
          {agents.test.again}
        </Button>
      )}
    </Stack>
  );
}
