import { Code, Drawer, Group, Stack, Text } from '@mantine/core';
import { CopyButton, When } from '@/kit';
import type { DeliveryView } from '@/kit/api';
import { webhooks } from '@/text/en/settings/webhooks';
import { answerWords, DeliveryBadge } from './deliveryColumns';
import { RedeliverButton } from './RedeliverButton';

const text = webhooks.deliveries;

/** One delivery with what was sent. */
export function DeliveryPanel({ delivery, onClose }: { delivery: DeliveryView; onClose: () => void }) {
  const body = delivery.body ? JSON.stringify(delivery.body, null, 2) : undefined;
  return (
    <Drawer opened onClose={onClose} position="right" size="lg" title={`${text.detail}: ${delivery.type}`}>
      <Stack gap="md">
        <Group gap="sm">
          <DeliveryBadge state={delivery.state} />
          <span>{answerWords(delivery)}</span>
          <RedeliverButton delivery={delivery} />
        </Group>
        {delivery.last_try_at && (
          <Text size="sm">
            {text.lastTry}: <When at={delivery.last_try_at} seconds />
          </Text>
        )}
        {delivery.next_try_at && (
          <Text size="sm">
            {text.nextTry}: <When at={delivery.next_try_at} seconds />
          </Text>
        )}
        <div>
          <Group justify="space-between" mb={4}>
            <Text fw={600}>{text.body}</Text>
            {body && <CopyButton value={body} />}
          </Group>
          {body ? <Code block>{body}</Code> : <Text c="var(--text-quiet)">{text.noBody}</Text>}
        </div>
      </Stack>
    </Drawer>
  );
}
