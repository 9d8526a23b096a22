import { useMutation, useQueryClient } from '@tanstack/react-query';
import { toast } from '@/kit';
import { api, ok, type BatchView } from '@/kit/api';
import { number } from '@/kit/format';
import { control as words } from '@/text/en/control';
import { isAskedAbout, type Action } from './actions';

/** Does something to a batch and says what it did. */
export function useControl({ id, name }: Pick<BatchView, 'id' | 'name'>) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: Action) => send(id, name, action),
    onSuccess: (done) => toast.done(done),
    onError: (error, action) => {
      // A dialog shows its error itself.
      if (!isAskedAbout(action)) toast.failed(words.done.failed(words.actions[action], name), error);
    },
    // What was refused was shown for something that it is no more.
    onSettled: () =>
      Promise.all([client.invalidateQueries({ queryKey: ['batches'] }), client.invalidateQueries({ queryKey: ['batch', id] })]),
  });
}

/** What was done, in words. */
async function send(id: string, name: string, action: Action): Promise<string> {
  const at = { params: { path: { id } } };
  const { done } = words;
  if (action === 'startNow') {
    await ok(api.PATCH('/v1/batch-calls/{id}', { ...at, body: { starts_at: null } }));
    return done.started(name);
  }
  const did = await ok(api.POST(`/v1/batch-calls/{id}/${action}`, at));
  const { in_progress: finishing, waiting_retries: retries } = did;
  switch (action) {
    case 'start':
      return did.status === 'scheduled' ? done.scheduled(name) : done.started(name);
    case 'pause':
      return done.paused(name, number(finishing), finishing === 1, finishing === 0);
    case 'resume': {
      const left = did.pending + retries;
      return done.resumed(name, number(left), left === 1);
    }
    case 'stop': {
      const uncalled = did.cancelled + retries;
      return done.stopped(name, number(finishing), finishing === 1, number(uncalled), uncalled === 1);
    }
  }
}
