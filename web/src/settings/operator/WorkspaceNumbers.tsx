import { Button, Skeleton, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, ErrorState, useUrlState } from '@/kit';
import type { WorkspaceView } from '@/kit/api';
import { numberColumns } from '@/numbers/columns';
import { GiveNumberDialog } from '@/numbers/GiveNumberDialog';
import { defaultNumber, trunksQuery } from '@/numbers/queries';
import { Section } from '@/kit/form/Section';
import { numbers } from '@/text/en/numbers';
import { operator } from '@/text/en/settings/operator';
import { numbersOf } from './queries';

const text = operator.workspace;
const defaults = { give: false };

/** The caller IDs of a workspace; the operator adds to them. */
export function WorkspaceNumbers({ workspace }: { workspace: WorkspaceView }) {
  const [view, setView] = useUrlState(defaults);
  const query = useQuery(numbersOf(workspace.id));
  const trunks = useQuery(trunksQuery);
  const items = query.data?.items;
  const byDefault = items && defaultNumber(items, workspace)?.id;
  const columns = useMemo(() => numberColumns(trunks.data?.items, byDefault), [trunks.data, byDefault]);
  return (
    <Section
      title={text.numbers}
      about={text.numbersAbout}
      actions={
        <Button size="xs" variant="default" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ give: true }, { push: true })}>
          {numbers.give.button}
        </Button>
      }
    >
      {query.isPending && <Skeleton height={80} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {items?.length === 0 && <Text c="var(--text-quiet)">{text.noNumbers}</Text>}
      {items && items.length > 0 && <DataTable label={text.numbers} columns={columns} rows={items} rowId={({ id }) => id} />}
      {view.give && trunks.data && <GiveNumberDialog workspace={workspace} trunks={trunks.data.items} onClose={() => setView({ give: false })} />}
    </Section>
  );
}
