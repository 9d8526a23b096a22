import { Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { CopyButton, DownloadLink, EmptyState, ErrorState } from '@/kit';
import { api, ok, type RejectionView } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import classes from './BatchPage.module.css';
import { rowRanges } from './rowRanges';

/** The rows that were rejected before launch, by reason. */
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
  const rows = data.items.reduce((sum, item) => sum + item.count, 0);
  return (
    <Stack gap="md">
      <Group justify="space-between">
        <Text size="sm">{words.rejections.summary(number(rows), rows === 1)}</Text>
        <DownloadLink href={`/v1/batch-calls/${id}/rejections.csv`} size="xs">
          {words.rejections.download}
        </DownloadLink>
      </Group>
      {data.items.map((item) => (
        <Reason key={item.reason} item={item} />
      ))}
    </Stack>
  );
}

function Reason({ item }: { item: RejectionView }) {
  const more = item.count - item.rows.length;
  return (
    <article className={classes.card}>
      <Group justify="space-between" gap="xs">
        <Title order={3}>{item.label}</Title>
        <Text size="sm">{words.rejections.count(number(item.count), item.count === 1)}</Text>
      </Group>
      <Text size="sm" c="var(--text-quiet)">
        {item.help}
      </Text>
      <Group gap={4} wrap="nowrap" align="flex-start">
        <Text size="sm" className={classes.rows}>
          {words.rejections.rows(rowRanges(item.rows, number), item.count === 1)} {more > 0 && words.rejections.andMore(number(more))}
        </Text>
        <CopyButton value={rowRanges(item.rows, String)} />
      </Group>
    </article>
  );
}
