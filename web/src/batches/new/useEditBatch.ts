import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useRef } from 'react';
import { toast } from '@/kit';
import { ProblemError, api, ok, type BatchView } from '@/kit/api';
import { form as text } from '@/text/en/newBatch';
import { draftOf, type Draft } from './draft';
import { edit } from './request';

/** A batch, and the tag of the version that was read. */
export interface Editable {
  batch: BatchView;
  etag: string;
}

export async function fetchEditable(id: string): Promise<Editable> {
  let etag = '*';
  const request = api.GET('/v1/batch-calls/{id}', { params: { path: { id } } }).then((answer) => {
    etag = answer.response.headers.get('etag') ?? etag;
    return answer;
  });
  return { batch: await ok(request), etag };
}

/** Saves what was changed, unless somebody else changed the batch meanwhile. */
export function useEditBatch({ batch, etag }: Editable, onSaved: () => void) {
  const client = useQueryClient();
  const known = useRef(etag);
  const id = batch.id;
  return useMutation({
    mutationFn: (draft: Draft) =>
      ok(
        api.PATCH('/v1/batch-calls/{id}', {
          params: { path: { id }, header: { 'If-Match': known.current } },
          body: edit(draftOf(batch), draft),
        }),
      ),
    onError: async (error) => {
      // Whoever saves again has been told that somebody else was faster.
      if (error instanceof ProblemError && error.code === 'changed_meanwhile') known.current = (await fetchEditable(id)).etag;
    },
    onSuccess: ({ name }) => {
      toast.done(text.saved.changed(name));
      void client.invalidateQueries({ queryKey: ['batches'] });
      void client.invalidateQueries({ queryKey: ['batch', id] });
      onSaved();
    },
  });
}
