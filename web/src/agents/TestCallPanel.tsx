import { Drawer, Stack, Text } from '@mantine/core';
import type { AgentView, VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { TestCallForm } from './TestCallForm';
import { TestCallProgress } from './TestCallProgress';

interface Props {
  agent: AgentView;
  versions: readonly VersionView[];
  /** The version that the page shows. */
  shown: number | undefined;
  /** The batch of one that was started; empty before. */
  batchId: string;
  onStarted: (batchId: string) => void;
  onClose: () => void;
}

/** Calls one number with a version, a draft too, and shows what becomes of the call. */
export function TestCallPanel({ agent, versions, shown, batchId, onStarted, onClose }: Props) {
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={agents.test.title}>
      <Stack gap="md">
        <Text size="sm" c="var(--text-quiet)">
          {agents.test.about}
        </Text>
        {batchId !== '' && <TestCallProgress key={batchId} batchId={batchId} onAgain={() => onStarted('')} />}
        {batchId === '' && <TestCallForm agent={agent} versions={versions} shown={shown} onStarted={onStarted} />}
      </Stack>
    </Drawer>
  );
}
