import { Button, NumberInput, Skeleton, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo, useState } from 'react';
import { DataTable, ErrorState, useUrlState, When, type DataColumn } from '@/kit';
import { api, fieldErrors, ok, type WorkspaceView } from '@/kit/api';
import { number } from '@/kit/format';
import { FormDialog } from '@/settings/parts/FormDialog';
import { Section } from '@/settings/parts/Section';
import { useChange } from '@/settings/parts/useChange';
import { operator } from '@/text/en/settings/operator';
import { parts } from '@/text/en/settings/parts';
import { workspacesQuery } from './queries';

const text = operator.workspaces;
/** `workspace` is the one whose form is open, or `new`. */
const defaults = { workspace: '' };

/** Every workspace of the installation. */
export function Workspaces() {
  const [view, setView] = useUrlState(defaults);
  const query = useQuery(workspacesQuery);
  const columns = useMemo(() => columnsFor((workspace) => setView({ workspace }, { push: true })), [setView]);
  const edited = query.data?.items.find(({ id }) => id === view.workspace);
  return (
    <Section
      title={text.title}
      actions={
        <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ workspace: 'new' }, { push: true })}>
          {text.add}
        </Button>
      }
    >
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <DataTable label={text.label} columns={columns} rows={query.data.items} rowId={({ id }) => id} />}
      {(view.workspace === 'new' || edited) && (
        <WorkspaceDialog key={view.workspace} workspace={edited} onClose={() => setView({ workspace: '' })} />
      )}
    </Section>
  );
}

function columnsFor(onEdit: (id: string) => void): readonly DataColumn<WorkspaceView>[] {
  return [
    { id: 'name', header: text.columns.name, sortBy: ({ name }) => name.toLowerCase(), cell: ({ name }) => name },
    { id: 'id', header: text.columns.id, wide: true, cell: ({ id }) => <code>{id}</code> },
    { id: 'calls', header: text.columns.calls, align: 'right', cell: ({ max_concurrent_calls }) => number(max_concurrent_calls) },
    { id: 'created', header: text.columns.created, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
    {
      id: 'actions',
      header: parts.actions,
      align: 'right',
      cell: ({ id, name }) => (
        <Button variant="default" size="compact-xs" aria-label={`${text.edit} ${name}`} onClick={() => onEdit(id)}>
          {text.edit}
        </Button>
      ),
    },
  ];
}

function WorkspaceDialog({ workspace, onClose }: { workspace: WorkspaceView | undefined; onClose: () => void }) {
  const [name, setName] = useState('');
  const [calls, setCalls] = useState<number | ''>(workspace?.max_concurrent_calls ?? 100);
  const max_concurrent_calls = calls === '' ? null : calls;
  const save = useChange(
    (): Promise<WorkspaceView> =>
      workspace
        ? ok(api.PATCH('/v1/operator/workspaces/{id}', { params: { path: { id: workspace.id } }, body: { max_concurrent_calls } }))
        : ok(api.POST('/v1/operator/workspaces', { body: { name, max_concurrent_calls } })),
    {
      touches: [['operator', 'workspaces'], ['workspace']],
      done: (saved) => (workspace ? text.saved : text.created)(saved.name),
      then: onClose,
    },
  );
  const errors = fieldErrors(save.error, ['/name', '/max_concurrent_calls']);
  return (
    <FormDialog
      title={workspace ? text.editTitle(workspace.name) : text.addTitle}
      submit={workspace ? text.save : text.create}
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      busy={save.isPending}
      error={save.error}
      rest={errors.rest}
    >
      {workspace ? (
        <Usage id={workspace.id} />
      ) : (
        <TextInput
          label={text.name}
          description={text.addHelp}
          value={name}
          onChange={(event) => setName(event.currentTarget.value)}
          error={errors.at('/name')}
          data-autofocus
          required
        />
      )}
      <NumberInput
        label={text.calls}
        value={calls}
        onChange={(value) => setCalls(value === '' ? '' : Number(value))}
        min={0}
        allowDecimal={false}
        thousandSeparator=","
        clampBehavior="none"
        error={errors.at('/max_concurrent_calls')}
      />
    </FormDialog>
  );
}

/** What the workspace used today of its daily limits. */
function Usage({ id }: { id: string }) {
  const { data } = useQuery({
    queryKey: ['operator', 'workspaces', id],
    queryFn: () => ok(api.GET('/v1/operator/workspaces/{id}', { params: { path: { id } } })),
  });
  return (
    <Text size="sm" c="var(--text-quiet)">
      {data ? text.today(number(data.today.attempts), number(data.today.minutes)) : ' '}
    </Text>
  );
}
