import { Anchor, Group } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { CopyButton, When } from '@/kit';
import { api, ok, type CallView } from '@/kit/api';
import { phone } from '@/kit/format';
import { calls } from '@/text/en/calls';
import { Evidence } from './Evidence';
import classes from './Facts.module.css';

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
  return (
    <>
      <dl className={classes.facts}>
        <Fact name={words.batch}>
          <Anchor component={Link} to={`/batch-calls/${call.batch_id}`} inherit>
            {batch?.name ?? call.batch_id}
          </Anchor>
        </Fact>
        <Fact name={words.recipient}>
          <Anchor component={Link} to={`/batch-calls/${call.batch_id}?recipient=${call.recipient_id}`} inherit>
            {words.recipientLink}
          </Anchor>
        </Fact>
        <Fact name={words.agent}>
          <Anchor component={Link} to={`/agents/${call.agent_id}`} inherit>
            {words.agentVersion(agent?.name ?? call.agent_id, call.agent_version)}
          </Anchor>
        </Fact>
        <Fact name={words.from}>{phone(call.from_number)}</Fact>
        <Fact name={words.to}>{phone(call.to_number)}</Fact>
        {call.dialed_at && (
          <Fact name={calls.evidence.dialed}>
            <When at={call.dialed_at} seconds />
          </Fact>
        )}
        {call.ended_at && (
          <Fact name={calls.evidence.ended}>
            <When at={call.ended_at} seconds />
          </Fact>
        )}
      </dl>
      <Evidence attempt={call} />
      <dl className={classes.facts}>
        <Fact name={words.id}>
          <Group gap={4} wrap="nowrap">
            <code>{call.call_id}</code>
            <CopyButton value={call.call_id} />
          </Group>
        </Fact>
      </dl>
    </>
  );
}

function Fact({ name, children }: { name: string; children: ReactNode }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}
