import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '@/kit';
import { api, ok, type BatchView, type ControlView } from '@/kit/api';
import { number } from '@/kit/format';
import { actions } from '@/text/en/batches';

export type Control = 'start' | 'pause' | 'resume' | 'stop';

function told(control: Control, name: string, { in_progress, cancelled }: ControlView): string {
  switch (control) {
    case 'start':
      return actions.started(name);
    case 'pause':
      return actions.paused(name, number(in_progress), in_progress === 1);
    case 'resume':
      return actions.resumed(name);
    case 'stop':
      return actions.stopped(name, number(cancelled), cancelled === 1);
  }
}

/** Starts, pauses, resumes and stops a batch, and says what that did. */
export function useControl({ id, name }: Pick<BatchView, 'id' | 'name'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (control: Control) => ok(api.POST(`/v1/batch-calls/{id}/${control}`, { params: { path: { id } } })),
    onSuccess: (did, control) => toast.done(told(control, name, did)),
    // A stop is asked for in a dialog, which shows what went wrong.
    onError: (error, control) => control !== 'stop' && toast.failed(actions.failed(name), error),
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ['batches'] }), client.invalidateQueries({ queryKey: ['batch', id] })]),
  });
}
