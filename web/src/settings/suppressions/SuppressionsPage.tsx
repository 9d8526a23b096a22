import { Skeleton, Text } from '@mantine/core';
import { useDebouncedValue } from '@mantine/hooks';
import { IconPhoneOff, IconPlus, IconUpload } from '@tabler/icons-react';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { DataTable, EmptyState, ErrorState, PageHeader, SearchField, useUrlState } from '@/kit';
import { api, ok } from '@/kit/api';
import { number } from '@/kit/format';
import { useLive } from '@/kit/live';
import { About } from '@/kit/About';
import { MayButton } from '@/kit/access/MayButton';
import { MoreButton } from '@/kit/MoreButton';
import { suppressions as text } from '@/text/en/settings/suppressions';
import { AddDialog } from './AddDialog';
import { suppressionColumns } from './columns';
import { UploadDialog } from './UploadDialog';

/** `open` is the dialog: `add` or `upload`. */
const defaults = { q: '', open: '' };

/** The numbers that are not called. */
export function SuppressionsPage() {
  const [view, setView] = useUrlState(defaults);
  const [q] = useDebouncedValue(view.q.trim(), 200);
  const query = useInfiniteQuery({
    queryKey: ['suppressions', q],
    queryFn: ({ pageParam }) => ok(api.GET('/v1/suppressions', { params: { query: { ...(q ? { q } : {}), ...(pageParam ? { cursor: pageParam } : {}) } } })),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
  });
  useLive((events) => {
    if (events.some(({ kind }) => kind === 'suppression.added')) void query.refetch();
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const total = query.data?.pages[0]?.total ?? 0;
  const close = () => setView({ open: '' });
  return (
    <>
      <PageHeader
        title={text.title}
        below={<About>{text.about}</About>}
        actions={
          <>
            <MayButton needs="admin" variant="default" leftSection={<IconUpload size={16} aria-hidden />} onClick={() => setView({ open: 'upload' }, { push: true })}>
              {text.upload.button}
            </MayButton>
            <MayButton needs="admin" leftSection={<IconPlus size={16} aria-hidden />} onClick={() => setView({ open: 'add' }, { push: true })}>
              {text.add.button}
            </MayButton>
          </>
        }
      />
      {query.isPending && <Skeleton height={200} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && total === 0 && (
        <EmptyState title={text.empty} icon={<IconPhoneOff size={32} stroke={1.3} />}>
          {text.emptyAbout}
        </EmptyState>
      )}
      {total > 0 && (
        <>
          <SearchField aria-label={text.search} placeholder={text.search} value={view.q} onChange={(q) => setView({ q })} maw={320} mb="xs" />
          <Text size="sm" c="var(--text-quiet)" mb="xs">
            {text.total(number(total), total !== 1)}
          </Text>
          {rows.length > 0 ? (
            <DataTable label={text.label} columns={suppressionColumns} rows={rows} rowId={({ phone_number }) => phone_number} />
          ) : (
            <EmptyState title={text.notFound} />
          )}
          <MoreButton query={query} />
        </>
      )}
      {view.open === 'add' && <AddDialog onClose={close} />}
      {view.open === 'upload' && <UploadDialog onClose={close} />}
    </>
  );
}
