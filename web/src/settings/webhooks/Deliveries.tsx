import { SegmentedControl, Skeleton } from '@mantine/core';
import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query';
import { DataTable, EmptyState, ErrorState, useUrlState } from '@/kit';
import { api, ok, type DeliveryState } from '@/kit/api';
import { MoreButton } from '@/kit/MoreButton';
import { Section } from '@/kit/form/Section';
import { webhooks } from '@/text/en/settings/webhooks';
import { deliveryColumns } from './deliveryColumns';
import { DeliveryPanel } from './DeliveryPanel';

const text = webhooks.deliveries;
const states: readonly DeliveryState[] = ['pending', 'delivered', 'failed'];
/** `delivery` is the one whose panel is open. */
const defaults = { state: '', delivery: '' };

/** What an endpoint was told, and what it answered. */
export function Deliveries({ webhookId }: { webhookId: string }) {
  const [view, setView] = useUrlState(defaults);
  const state = states.find((one) => one === view.state);
  const query = useInfiniteQuery({
    queryKey: ['webhooks', webhookId, 'deliveries', state ?? ''],
    queryFn: ({ pageParam }) =>
      ok(
        api.GET('/v1/webhooks/{id}/deliveries', {
          params: { path: { id: webhookId }, query: { ...(state ? { state } : {}), ...(pageParam ? { cursor: pageParam } : {}) } },
        }),
      ),
    initialPageParam: '',
    getNextPageParam: (page) => page.next_cursor,
    placeholderData: keepPreviousData,
    // No event tells of a delivery: it is asked for while one may be on its way.
    refetchInterval: ({ state: { data } }) => (data?.pages.some(({ items }) => items.some((one) => one.state === 'pending')) ? 2_000 : 15_000),
  });
  const rows = query.data?.pages.flatMap(({ items }) => items) ?? [];
  const open = rows.find(({ id }) => id === view.delivery);
  return (
    <Section
      title={text.title}
      about={text.about}
      actions={
        <SegmentedControl
          aria-label={text.filter}
          size="xs"
          data={[{ value: '', label: text.all }, ...states.map((value) => ({ value, label: text.states[value] }))]}
          value={view.state}
          onChange={(next) => setView({ state: next })}
        />
      }
    >
      {query.isPending && <Skeleton height={160} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && rows.length === 0 && (
        <EmptyState title={state ? text.noneOfState : text.none}>{state ? undefined : text.noneAbout}</EmptyState>
      )}
      {rows.length > 0 && (
        <DataTable
          label={text.label}
          columns={deliveryColumns}
          rows={rows}
          rowId={({ id }) => id}
          onOpen={({ id }) => setView({ delivery: id }, { push: true })}
          selected={view.delivery}
        />
      )}
      <MoreButton query={query} />
      {open && <DeliveryPanel delivery={open} onClose={() => setView({ delivery: '' })} />}
    </Section>
  );
}
