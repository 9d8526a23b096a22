import { Alert, Button, Group, Text } from '@mantine/core';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useState } from 'react';
import { useMay } from '@/kit';
import type { BatchView } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { RedialDialog } from './actions/RedialDialog';

/** Calls that ended because the server stopped, and a way to make up for them. */
export function CutCalls({ batch, onShow }: { batch: BatchView; onShow: () => void }) {
  const { cut_calls: cut } = batch;
  const [asking, setAsking] = useState(false);
  const may = useMay('operate');
  const one = cut === 1;
  if (cut === 0) return null;
  return (
    <Alert color="yellow" icon={<IconPlugConnectedX size={18} aria-hidden />} title={words.cut.title(number(cut), one)}>
      <Group justify="space-between" gap="xs">
        <Text size="sm">{words.cut.help(one)}</Text>
        <Group gap="xs">
          <Button size="xs" variant="default" onClick={onShow}>
            {words.cut.show}
          </Button>
          {may && batch.status !== 'scheduled' && (
            <Button size="xs" onClick={() => setAsking(true)}>
              {words.cut.redial}
            </Button>
          )}
        </Group>
      </Group>
      <RedialDialog batch={batch} opened={asking} only="engine_interrupted" onClose={() => setAsking(false)} />
    </Alert>
  );
}
