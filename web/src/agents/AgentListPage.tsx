import { Anchor, Button, Skeleton } from '@mantine/core';
import { IconMessageChatbot, IconMusic, IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { DataTable, EmptyState, ErrorState, PageHeader, When, useUrlState, type DataColumn } from '@/kit';
import type { AgentView } from '@/kit/api';
import { About } from '@/kit/About';
import { MayButton } from '@/kit/access/MayButton';
import { agents as text } from '@/text/en/agents';
import { NewAgentDialog } from './NewAgentDialog';
import { agentsQuery } from './queries';

const columns: readonly DataColumn<AgentView>[] = [
  {
    id: 'name',
    header: text.list.name,
    sortBy: ({ name }) => name.toLowerCase(),
    cell: ({ id, name }) => (
      <Anchor component={Link} to={`/agents/${id}`} inherit>
        {name}
      </Anchor>
    ),
  },
  {
    id: 'published',
    header: text.list.published,
    sortBy: ({ published_version }) => published_version ?? 0,
    cell: ({ published_version }) => (typeof published_version !== 'number' ? text.list.none : text.list.version(published_version)),
  },
  {
    id: 'newest',
    header: text.list.newest,
    wide: true,
    cell: ({ latest_version, published_version }) =>
      latest_version === published_version ? text.list.version(latest_version) : text.list.newestDraft(latest_version),
  },
  { id: 'created', header: text.list.created, sortBy: ({ created_at }) => created_at, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
];

const defaults = { new: false };

/** The agents. */
export function AgentListPage() {
  const navigate = useNavigate();
  const [view, setView] = useUrlState(defaults);
  const query = useQuery(agentsQuery);
  const button = (
    <MayButton needs="admin" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ new: true }, { push: true })}>
      {text.create.button}
    </MayButton>
  );
  return (
    <>
      <PageHeader title={text.title} below={<About>{text.about}</About>} actions={
          <>
            <Button component={Link} to="/agents/sounds" variant="default" leftSection={<IconMusic size={16} aria-hidden />}>
              {text.sounds.link}
            </Button>
            {query.data?.items.length ? button : undefined}
          </>
        }
      />
      {query.isPending && <Skeleton height={160} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <EmptyState title={text.list.empty} icon={<IconMessageChatbot size={32} stroke={1.3} />} action={button}>
          {text.list.emptyAbout}
        </EmptyState>
      )}
      {query.data && query.data.items.length > 0 && (
        <DataTable
          label={text.list.label}
          columns={columns}
          rows={query.data.items}
          rowId={({ id }) => id}
          onOpen={({ id }) => void navigate(`/agents/${id}`)}
        />
      )}
      {view.new && <NewAgentDialog onClose={() => setView({ new: false })} />}
    </>
  );
}
