import { Button, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CopyButton, DownloadLink, EmptyState, ErrorState } from '@/kit';
import { api, ok, type RejectionView } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { withoutFieldNames } from '../fieldNames';
import classes from './BatchPage.module.css';
import { rowRanges } from './rowRanges';

/** Cells of one kind that are shown. */
const shownCells = 10;

/** The rows that were rejected before launch, by reason and cause. */
export function Rejections({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['batch', id, 'rejections'],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}/rejections', { params: { path: { id } } })),
    // They are from before the launch.
    staleTime: Infinity,
  });
  if (error && !data) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height={120} />;
  if (data.items.length === 0) return <EmptyState title={words.rejections.none}>{words.rejections.noneHelp}</EmptyState>;
  const file = `/v1/batch-calls/${id}/rejections.csv`;
  const rows = data.items.reduce((sum, item) => sum + item.count, 0);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm">{words.rejections.summary(number(rows), rows === 1)}</Text>
        <Button.Group>
          <DownloadLink href={`${file}?format=xlsx`} size="xs">
            {words.rejections.download}
          </DownloadLink>
          <Button component="a" href={`${file}?bom=true`} download variant="default" size="xs" aria-label={words.rejections.downloadCsv}>
            {words.rejections.csv}
          </Button>
        </Button.Group>
      </Group>
      {data.items.map((item) => (
        <Reason key={item.reason} item={item} />
      ))}
    </Stack>
  );
}

/** Rows that were rejected for one reason, or for one of its causes. */
type Group = Pick<RejectionView, 'label' | 'help' | 'count' | 'rows' | 'examples'>;

function Reason({ item }: { item: RejectionView }) {
  const told = item.causes.reduce((sum, { count }) => sum + count, 0);
  return (
    <>
      {item.causes.map((cause) => (
        <Kind key={cause.cause} item={{ ...cause, label: words.rejections.cause(item.label, cause.label) }} />
      ))}
      {told < item.count && <Kind item={{ ...item, count: item.count - told }} />}
    </>
  );
}

function Kind({ item }: { item: Group }) {
  const more = Math.max(0, item.count - item.rows.length);
  const cells = item.examples.filter(({ cell }) => cell !== '').slice(0, shownCells);
  return (
    <article className={classes.card}>
      <Group justify="space-between" gap="xs">
        <Title order={3}>{item.label}</Title>
        <Text size="sm">{words.rejections.count(number(item.count), item.count === 1)}</Text>
      </Group>
      <Text size="sm" c="var(--text-quiet)">
        {withoutFieldNames(item.help)}
      </Text>
      {cells.length > 0 && (
        <Text size="sm">{words.rejections.cells(cells.map(({ row, cell }) => words.rejections.cell(number(row), cell)))}</Text>
      )}
      <Group gap={4} wrap="nowrap" align="flex-start">
        <Text size="sm" className={classes.rows}>
          {words.rejections.rows(rowRanges(item.rows, number), item.count === 1)} {more > 0 && words.rejections.andMore(number(more))}
        </Text>
        <CopyButton value={rowRanges(item.rows, String)} />
      </Group>
    </article>
  );
}
