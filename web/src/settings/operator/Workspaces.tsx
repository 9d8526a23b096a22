import { Anchor, Button, Skeleton } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { Link, useNavigate } from 'react-router';
import { DataTable, ErrorState, useUrlState, When, type DataColumn } from '@/kit';
import type { WorkspaceView } from '@/kit/api';
import { number } from '@/kit/format';
import { Section } from '@/kit/form/Section';
import { operator } from '@/text/en/settings/operator';
import { NewWorkspaceDialog } from './NewWorkspaceDialog';
import { workspacesQuery } from './queries';

const text = operator.workspaces;
const defaults = { workspace: '' };

const pageOf = ({ id }: WorkspaceView) => `/settings/operator/workspaces/${id}`;

const columns: readonly DataColumn<WorkspaceView>[] = [
  {
    id: 'name',
    header: text.columns.name,
    sortBy: ({ name }) => name.toLowerCase(),
    cell: (workspace) => (
      <Anchor component={Link} to={pageOf(workspace)} inherit style={{ overflowWrap: 'anywhere' }}>
        {workspace.name}
      </Anchor>
    ),
  },
  { id: 'id', header: text.columns.id, wide: true, cell: ({ id }) => <code>{id}</code> },
  { id: 'calls', header: text.columns.calls, align: 'right', cell: ({ max_concurrent_calls }) => number(max_concurrent_calls) },
  { id: 'created', header: text.columns.created, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
];

/** Every workspace of the installation; a row opens it. */
export function Workspaces() {
  const navigate = useNavigate();
  const [view, setView] = useUrlState(defaults);
  const query = useQuery(workspacesQuery);
  return (
    <Section
      title={text.title}
      about={text.about}
      actions={
        <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ workspace: 'new' }, { push: true })}>
          {text.add}
        </Button>
      }
    >
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && (
        <DataTable label={text.label} columns={columns} rows={query.data.items} rowId={({ id }) => id} onOpen={(workspace) => void navigate(pageOf(workspace))} />
      )}
      {view.workspace === 'new' && (
        <NewWorkspaceDialog onMade={(made) => void navigate(pageOf(made), { replace: true })} onClose={() => setView({ workspace: '' })} />
      )}
    </Section>
  );
}
