import { useMutation, useQueryClient } from '@tanstack/react-query';
import { api, ok, type BatchView, type ControlView } from '@/kit/api';
import { toast } from '@/kit';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import type { Action } from '../state';

/** Does something to a batch and says what it did. */
export function useControl(batch: BatchView) {
  const client = useQueryClient();
  return useMutation({
    mutationFn: (action: Action) => send(batch.id, action),
    onSuccess: (message) => {
      toast.done(message);
      return Promise.all([client.invalidateQueries({ queryKey: ['batches'] }), client.invalidateQueries({ queryKey: ['batch', batch.id] })]);
    },
    onError: (error, action) => {
      // The dialog of a stop shows its error itself.
      if (action !== 'stop') toast.failed(words.actions.failed(words.actions[action]), error);
    },
  });
}

async function send(id: string, action: Action): Promise<string> {
  const at = { params: { path: { id } } };
  switch (action) {
    case 'start':
      return told(action, await ok(api.POST('/v1/batch-calls/{id}/start', at)));
    case 'startNow':
      await ok(api.PATCH('/v1/batch-calls/{id}', { ...at, body: { starts_at: null } }));
      return sentence(words.actions.started, words.actions.startedNow);
    case 'pause':
      return told(action, await ok(api.POST('/v1/batch-calls/{id}/pause', at)));
    case 'resume':
      return told(action, await ok(api.POST('/v1/batch-calls/{id}/resume', at)));
    case 'stop':
      return told(action, await ok(api.POST('/v1/batch-calls/{id}/stop', at)));
  }
}

function told(action: Exclude<Action, 'startNow'>, did: ControlView): string {
  const { actions } = words;
  const left = did.pending + did.waiting_retries;
  switch (action) {
    case 'start':
      return sentence(actions.started, did.status === 'scheduled' ? actions.scheduledFor : actions.startedNow);
    case 'pause':
      return sentence(actions.paused, actions.pausedNow(number(did.in_progress), did.in_progress === 1, did.in_progress === 0));
    case 'resume':
      return sentence(actions.resumed, actions.resumedNow(number(left), left === 1));
    case 'stop': {
      const uncalled = did.cancelled + did.waiting_retries;
      return sentence(
        actions.stopped,
        actions.stoppedNow(number(did.in_progress), did.in_progress === 1, number(uncalled), uncalled === 1),
      );
    }
  }
}

function sentence(what: string, then: string): string {
  return `${what}. ${then}`;
}
