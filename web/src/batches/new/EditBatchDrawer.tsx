import { Skeleton, Stack, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { ErrorState, useMay } from '@/kit';
import { form as text } from '@/text/en/newBatch';
import { EditBatchForm } from './EditBatchForm';
import { FormDrawer } from './FormDrawer';
import { mayEdit } from './request';
import { fetchEditable } from './useEditBatch';

/**
 * The drawer in which a batch is changed. The batch's page shows it while `edit` is in its address:
 * `{params.has('edit') && <EditBatchDrawer id={id} />}`.
 */
export function EditBatchDrawer({ id }: { id: string }) {
  const may = useMay('operate');
  const { data, error, refetch } = useQuery({
    queryKey: ['batch-edit', id],
    queryFn: () => fetchEditable(id),
    // The form keeps what it began with; whether somebody else was faster, the server says.
    staleTime: Infinity,
    gcTime: 0,
  });
  return (
    <FormDrawer title={text.editTitle(data?.batch.name ?? '')} parameter="edit">
      {!may && <Text>{text.readOnly}</Text>}
      {may && error && <ErrorState error={error} onRetry={() => void refetch()} />}
      {may && !error && !data && (
        <Stack aria-busy aria-label={text.loading}>
          <Skeleton height={60} />
          <Skeleton height={120} />
        </Stack>
      )}
      {may && data && (mayEdit(data.batch.status) ? <EditBatchForm editable={data} /> : <Text>{text.gone}</Text>)}
    </FormDrawer>
  );
}
