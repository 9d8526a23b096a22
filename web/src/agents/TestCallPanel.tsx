import { Drawer, Stack, Text } from '@mantine/core';
import type { AgentView, VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { TestCallForm } from './TestCallForm';
import { TestCallProgress } from './TestCallProgress';

interface Props {
  agent: AgentView;
  versions: readonly VersionView[];
  /** The batch of one that was started; empty before. */
  batchId: string;
  onStarted: (batchId: string) => void;
  onClose: () => void;
}

/** Calls one number with a published version, and shows what becomes of the call. */
export function TestCallPanel({ agent, versions, batchId, onStarted, onClose }: Props) {
  const published = versions.filter(({ status }) => status === 'published');
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={agents.test.title}>
      <Stack gap="md">
        <Text size="sm" c="var(--text-quiet)">
          {agents.test.about}
        </Text>
        {published.length === 0 && <Text>{agents.test.needsPublished}</Text>}
        {batchId !== '' && <TestCallProgress key={batchId} batchId={batchId} onAgain={() => onStarted('')} />}
        {batchId === '' && published.length > 0 && <TestCallForm agent={agent} published={published} onStarted={onStarted} />}
      </Stack>
    </Drawer>
  );
}
