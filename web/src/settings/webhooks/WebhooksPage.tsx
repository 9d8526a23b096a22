import { Anchor, Skeleton, Text } from '@mantine/core';
import { IconPlus, IconWebhook } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useNavigate } from 'react-router';
import { DataTable, EmptyState, ErrorState, PageHeader, When, useUrlState, type DataColumn } from '@/kit';
import type { MadeWebhook, WebhookView } from '@/kit/api';
import { number } from '@/kit/format';
import { About } from '@/kit/About';
import { MayButton } from '@/kit/access/MayButton';
import { webhooks as text } from '@/text/en/settings/webhooks';
import { webhooksQuery } from './queries';
import { WebhookBadge } from './WebhookBadge';
import { WebhookDialog } from './WebhookDialog';
import { WebhookSecret } from './WebhookSecret';

const columns: readonly DataColumn<WebhookView>[] = [
  {
    id: 'url',
    header: text.columns.url,
    sortBy: ({ url }) => url,
    cell: ({ id, url, description }) => (
      <>
        <Anchor component={Link} to={`/settings/webhooks/${id}`} inherit style={{ overflowWrap: 'anywhere' }}>
          {url}
        </Anchor>
        {description && (
          <Text size="xs" c="var(--text-quiet)">
            {description}
          </Text>
        )}
      </>
    ),
  },
  {
    id: 'events',
    header: text.columns.events,
    wide: true,
    cell: ({ events }) => <span title={events.join(', ')}>{text.events(number(events.length), events.length !== 1)}</span>,
  },
  { id: 'state', header: text.columns.state, cell: (webhook) => <WebhookBadge {...webhook} /> },
  { id: 'created', header: text.columns.created, wide: true, sortBy: ({ created_at }) => created_at, cell: ({ created_at }) => <When at={created_at} /> },
];

const defaults = { new: false };

/** Who is told when something happens. */
export function WebhooksPage() {
  const navigate = useNavigate();
  const [view, setView] = useUrlState(defaults);
  const [made, setMade] = useState<MadeWebhook>();
  const query = useQuery(webhooksQuery);
  const items = query.data?.items;
  const button = (
    <MayButton needs="admin" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ new: true }, { push: true })}>
      {text.form.add}
    </MayButton>
  );
  return (
    <>
      <PageHeader title={text.title} below={<About>{text.about}</About>} actions={items?.length ? button : undefined} />
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {items?.length === 0 && (
        <EmptyState title={text.empty} icon={<IconWebhook size={32} stroke={1.3} />} action={button}>
          {text.emptyAbout}
        </EmptyState>
      )}
      {items && items.length > 0 && (
        <DataTable label={text.label} columns={columns} rows={items} rowId={({ id }) => id} onOpen={({ id }) => void navigate(`/settings/webhooks/${id}`)} />
      )}
      {view.new && <WebhookDialog onMade={setMade} onClose={() => setView({ new: false })} />}
      {made && <WebhookSecret made={made} onClose={() => setMade(undefined)} />}
    </>
  );
}
