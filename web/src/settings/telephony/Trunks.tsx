import { Skeleton } from '@mantine/core';
import { IconPlus, IconRouter } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, EmptyState, ErrorState, useUrlState } from '@/kit';
import { trunksQuery } from '@/numbers/queries';
import { MayButton } from '@/kit/access/MayButton';
import { Section } from '@/kit/form/Section';
import { telephony } from '@/text/en/settings/telephony';
import { trunkColumns } from './trunkColumns';
import { TrunkDialog } from './TrunkDialog';

/** `trunk` is the one whose form is open, or `new`. */
const defaults = { trunk: '' };
const text = telephony.trunks;

/** The trunks, with their health. */
export function Trunks() {
  const [view, setView] = useUrlState(defaults);
  // Calls come and go without an event of the trunk's own.
  const query = useQuery({ ...trunksQuery, refetchInterval: 5_000 });
  const columns = useMemo(() => trunkColumns((trunk) => setView({ trunk }, { push: true })), [setView]);
  const edited = query.data?.items.find(({ id }) => id === view.trunk);
  return (
    <Section
      title={text.title}
      about={text.about}
      actions={
        <MayButton needs="admin" size="xs" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ trunk: 'new' }, { push: true })}>
          {telephony.form.add}
        </MayButton>
      }
    >
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <EmptyState title={text.empty} icon={<IconRouter size={32} stroke={1.3} />}>
          {text.emptyAbout}
        </EmptyState>
      )}
      {query.data && query.data.items.length > 0 && (
        <DataTable label={text.label} columns={columns} rows={query.data.items} rowId={({ id }) => id} />
      )}
      {(view.trunk === 'new' || edited) && <TrunkDialog key={view.trunk} trunk={edited} onClose={() => setView({ trunk: '' })} />}
    </Section>
  );
}
