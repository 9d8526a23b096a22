import { useMutation, useQueryClient } from '@tanstack/react-query';
import { ConfirmDialog, toast } from '@/kit';
import { api, ok, type BatchView } from '@/kit/api';
import { actions } from '@/text/en/batches';

interface Props {
  batch: BatchView;
  opened: boolean;
  onClose: () => void;
}

/** Asks before a draft, or a batch that is over, is deleted. */
export function DeleteDialog({ batch: { id, name, status }, opened, onClose }: Props) {
  const isDraft = status === 'draft';
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => ok(api.DELETE('/v1/batch-calls/{id}', { params: { path: { id } } })),
    onSuccess: () => {
      toast.done(actions.removed(name));
      onClose();
      return client.invalidateQueries({ queryKey: ['batches'] });
    },
  });
  return (
    <ConfirmDialog
      opened={opened}
      onClose={onClose}
      title={actions.removeTitle(name)}
      confirm={isDraft ? actions.removeConfirm : actions.removeOverConfirm}
      danger
      busy={remove.isPending}
      error={remove.error}
      onConfirm={() => remove.mutate()}
    >
      {isDraft ? actions.removeText : actions.removeOverText}
    </ConfirmDialog>
  );
}
