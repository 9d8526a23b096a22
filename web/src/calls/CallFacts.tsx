import { Anchor, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { CopyButton, Facts, When } from '@/kit';
import { api, ok, type CallView } from '@/kit/api';
import { phone } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { Evidence } from './Evidence';

/** Who called whom, for which batch, and what the network said. */
export function CallFacts({ call }: { call: CallView }) {
  const { data: batch } = useQuery({
    queryKey: ['batch', call.batch_id],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}', { params: { path: { id: call.batch_id } } })),
  });
  const { data: agent } = useQuery({
    queryKey: ['agent', call.agent_id],
    queryFn: () => ok(api.GET('/v1/agents/{id}', { params: { path: { id: call.agent_id } } })),
  });
  const words = calls.call;
  const when = (at: string | null | undefined) => at && <When at={at} seconds />;
  return (
    <>
      <Facts
        facts={[
          [words.batch, <Way key="batch" to={`/batch-calls/${call.batch_id}`}>{batch?.name ?? call.batch_id}</Way>],
          [words.recipient, <Way key="recipient" to={`/batch-calls/${call.batch_id}?recipient=${call.recipient_id}`}>{words.recipientLink}</Way>],
          [words.agent, <Way key="agent" to={`/agents/${call.agent_id}`}>{words.agentVersion(agent?.name ?? call.agent_id, call.agent_version)}</Way>],
          [words.from, phone(call.from_number)],
          [words.to, phone(call.to_number)],
          [calls.evidence.dialed, when(call.dialed_at)],
          [calls.evidence.ended, when(call.ended_at)],
        ]}
      />
      <Evidence attempt={call} />
      <Facts
        facts={[
          [
            words.id,
            <Group key="id" gap={4} wrap="nowrap">
              <code>{call.call_id}</code>
              <CopyButton value={call.call_id} />
            </Group>,
          ],
        ]}
      />
    </>
  );
}

function Way({ to, children }: { to: string; children: string }) {
  return (
    <Anchor component={Link} to={to} inherit>
      {children}
    </Anchor>
  );
}
