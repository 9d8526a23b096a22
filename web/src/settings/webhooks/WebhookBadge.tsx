import { Text } from '@mantine/core';
import { StatusBadge, When } from '@/kit';
import type { WebhookView } from '@/kit/api';
import { webhooks as text } from '@/text/en/settings/webhooks';

type Props = Pick<WebhookView, 'enabled' | 'disabled_reason' | 'failing_since'>;

/** Whether a webhook is told anything, and whether it takes it. */
export function WebhookBadge({ enabled, disabled_reason, failing_since }: Props) {
  if (!enabled) {
    return (
      <>
        <StatusBadge tone="quiet">{text.states.off}</StatusBadge>
        {disabled_reason && (
          <Text size="xs" c="var(--text-quiet)">
            {text.reasons[disabled_reason]}
          </Text>
        )}
      </>
    );
  }
  if (!failing_since) return <StatusBadge tone="good">{text.states.on}</StatusBadge>;
  return (
    <>
      <StatusBadge tone="bad">{text.states.failing}</StatusBadge>
      <Text size="xs" c="var(--text-quiet)">
        {text.failingSince} <When at={failing_since} />
      </Text>
    </>
  );
}
