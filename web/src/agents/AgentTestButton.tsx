import { Group, Text } from '@mantine/core';
import { IconPlugConnected } from '@tabler/icons-react';
import { api, ok } from '@/kit/api';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { agents } from '@/text/en/agents';

const text = agents.engines.test;

interface Props {
  agentId: string;
  version: number;
  /** The draft differs from what is saved, and what is saved is tried. */
  dirty: boolean;
}

/** Connects to the servers of a version as before a call, and says what is wrong with them. Nobody is called. */
export function AgentTestButton({ agentId, version, dirty }: Props) {
  const path = { id: agentId, n: version };
  const test = useChange(() => ok(api.POST('/v1/agents/{id}/versions/{n}/test', { params: { path } })), { touches: [], failed: () => text.failed });
  return (
    <Group gap="sm" wrap="nowrap" align="center" mt="sm">
      <MayButton
        needs="operate"
        variant="default"
        size="xs"
        leftSection={<IconPlugConnected size={14} aria-hidden />}
        loading={test.isPending}
        refusal={dirty ? text.saveFirst : undefined}
        onClick={() => test.mutate(undefined)}
      >
        {text.button}
      </MayButton>
      <span role="status">
        {test.data && (
          <Text size="sm" c={test.data.ready ? undefined : 'var(--mantine-color-error)'}>
            {test.data.ready ? text.ready(test.data.detail) : text.wrong(test.data.detail)}
          </Text>
        )}
      </span>
    </Group>
  );
}
