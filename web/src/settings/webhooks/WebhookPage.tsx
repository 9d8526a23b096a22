import { Anchor, Skeleton, Text } from '@mantine/core';
import { IconSend } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { ErrorState, PageHeader } from '@/kit';
import { api, ok, type MadeWebhook } from '@/kit/api';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { webhooks as text } from '@/text/en/settings/webhooks';
import { Deliveries } from './Deliveries';
import { webhookQuery } from './queries';
import { WebhookBadge } from './WebhookBadge';
import { WebhookMenu } from './WebhookMenu';
import { WebhookSecret } from './WebhookSecret';

/** One webhook, and what it was told. */
export function WebhookPage() {
  const { id = '' } = useParams();
  const query = useQuery(webhookQuery(id));
  const [made, setMade] = useState<MadeWebhook>();
  const test = useChange(() => ok(api.POST('/v1/webhooks/{id}/test', { params: { path: { id } } })), {
    touches: [['webhooks', id]],
    done: () => text.page.tested,
    failed: () => text.page.testFailed,
  });
  const toggle = useChange((enabled: boolean) => ok(api.PATCH('/v1/webhooks/{id}', { params: { path: { id } }, body: { enabled } })), {
    touches: [['webhooks']],
    done: ({ enabled }) => (enabled ? text.page.enabled : text.page.disabled),
    failed: () => text.page.failed,
  });
  const up = (
    <Anchor component={Link} to="/settings/webhooks" inherit>
      {text.page.up}
    </Anchor>
  );
  if (query.isError) {
    return (
      <>
        <PageHeader title={text.title} above={up} />
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  if (!query.data) return <Skeleton height={300} />;
  const webhook = query.data;
  return (
    <>
      <PageHeader
        title={webhook.url}
        above={up}
        below={webhook.description}
        actions={
          <>
            <MayButton needs="admin" variant="default" leftSection={<IconSend size={16} aria-hidden />} loading={test.isPending} onClick={() => test.mutate(undefined)}>
              {text.page.test}
            </MayButton>
            <MayButton needs="admin" variant="default" loading={toggle.isPending} onClick={() => toggle.mutate(!webhook.enabled)}>
              {webhook.enabled ? text.page.disable : text.page.enable}
            </MayButton>
            <WebhookMenu webhook={webhook} onSecret={setMade} />
          </>
        }
      />
      <WebhookBadge {...webhook} />
      <Text size="sm" mt="xs" mb="xl">
        {text.page.told} {webhook.events.join(', ')}
      </Text>
      <Deliveries webhookId={id} />
      {made && <WebhookSecret made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}
