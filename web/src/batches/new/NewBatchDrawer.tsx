import { Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useSearchParams } from 'react-router';
import { ErrorState, useMay } from '@/kit';
import { api, ok } from '@/kit/api';
import { isId } from '@/kit/ids';
import { form as text } from '@/text/en/newBatch';
import { copyOf, emptyDraft } from './draft';
import { FormDrawer } from './FormDrawer';
import { NewBatchForm } from './NewBatchForm';

/** The drawer in which a batch is made: `?new`, or `?new=batch_1` for one like that. */
export function NewBatchDrawer() {
  const [params] = useSearchParams();
  const may = useMay('operate');
  const asked = params.get('new') ?? '';
  const like = isId('batch', asked) ? asked : undefined;
  return (
    <FormDrawer title={text.title} parameter="new">
      {!may && <Text>{text.readOnly}</Text>}
      {may && (like ? <LikeAnother key={like} id={like} /> : <NewBatchForm initial={emptyDraft} />)}
    </FormDrawer>
  );
}

function LikeAnother({ id }: { id: string }) {
  const { data, error, refetch } = useQuery({
    queryKey: ['batch', id, 'copy'],
    queryFn: () => ok(api.GET('/v1/batch-calls/{id}', { params: { path: { id } } })),
    staleTime: Infinity,
    gcTime: 0,
  });
  if (error) return <ErrorState error={error} onRetry={() => void refetch()} />;
  if (data) return <NewBatchForm initial={copyOf(data, text.copyOf(data.name))} />;
  return <Waiting />;
}

function Waiting() {
  return (
    <Stack aria-busy aria-label={text.loading}>
      <Skeleton height={60} />
      <Skeleton height={60} />
      <Skeleton height={120} />
    </Stack>
  );
}
