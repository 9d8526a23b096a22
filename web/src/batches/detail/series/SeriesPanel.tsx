import { SegmentedControl, Skeleton, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorState } from '@/kit';
import { api, ok } from '@/kit/api';
import { lazyPart } from '@/kit/lazy';
import { batch as words } from '@/text/en/batch';
import classes from './Series.module.css';
import { SeriesTable } from './SeriesTable';

const SeriesChart = lazyPart(async () => (await import('./SeriesChart')).SeriesChart, () => <Skeleton height={260} />);

const points = 120;
export type SeriesShown = 'chart' | 'table';

interface Props {
  id: string;
  shown: SeriesShown;
  onShow: (shown: SeriesShown) => void;
}

/** Calls of the batch over time: a chart, or the same as a table. */
export function SeriesPanel({ id, shown, onShow }: Props) {
  const { data, error, refetch } = useQuery({
    queryKey: ['batch', id, 'series'],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}/series', { params: { path: { id }, query: { points } } })),
  });
  return (
    <section className={classes.panel} aria-labelledby="series">
      <div className={classes.heading}>
        <Title order={2} id="series">
          {words.series.title}
        </Title>
        <SegmentedControl
          size="xs"
          aria-label={words.series.view}
          value={shown}
          onChange={onShow}
          data={[
            { value: 'chart', label: words.series.chart },
            { value: 'table', label: words.series.table },
          ]}
        />
      </div>
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={260} />}
      {data?.points.length === 0 && (
        <Text c="var(--text-quiet)" className={classes.empty}>
          {words.series.none}
        </Text>
      )}
      {data && data.points.length > 0 && (
        <div className={classes.body}>
          {shown === 'table' ? (
            <SeriesTable series={data} />
          ) : (
            <SeriesChart series={data} />
          )}
        </div>
      )}
    </section>
  );
}
