import { Skeleton } from '@mantine/core';
import { IconCertificate } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { DataTable, EmptyState, ErrorState, PageHeader, useUrlState } from '@/kit';
import { api, ok } from '@/kit/api';
import { About } from '@/kit/About';
import { kyc as text } from '@/text/en/settings/kyc';
import { kycColumns } from './columns';
import { KycDialog } from './KycDialog';

/** `submit` is the country whose form is open. */
const defaults = { submit: '' };

/** What is needed to call regulated countries. */
export function KycPage() {
  const [view, setView] = useUrlState(defaults);
  const query = useQuery({ queryKey: ['kyc'], queryFn: () => ok(api.GET('/v1/kyc')) });
  const columns = useMemo(() => kycColumns((submit) => setView({ submit }, { push: true })), [setView]);
  const record = query.data?.items.find(({ country }) => country === view.submit);
  return (
    <>
      <PageHeader title={text.title} below={<About>{text.about}</About>} />
      {query.isPending && <Skeleton height={120} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.items.length === 0 && (
        <EmptyState title={text.empty} icon={<IconCertificate size={32} stroke={1.3} />}>
          {text.emptyAbout}
        </EmptyState>
      )}
      {query.data && query.data.items.length > 0 && (
        <DataTable label={text.label} columns={columns} rows={query.data.items} rowId={({ country }) => country} />
      )}
      {record && <KycDialog record={record} onClose={() => setView({ submit: '' })} />}
    </>
  );
}
