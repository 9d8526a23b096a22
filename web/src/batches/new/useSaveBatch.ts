import { useMutation, useQueryClient } from '@tanstack/react-query';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { toast } from '@/kit';
import type { BatchState, BatchView } from '@/kit/api';
import { form as text } from '@/text/en/newBatch';
import type { Draft } from './draft';
import { batchFields, formOf } from './request';
import { upload } from './upload';

interface Wish {
  draft: Draft;
  file: File;
  start: boolean;
}

function told(status: BatchState, name: string): string {
  const { draft, scheduled, running } = text.saved;
  return { draft, scheduled, running, paused: running, completed: running, cancelled: running }[status](name);
}

/** Makes the batch, and goes to it. `release` lets the page be left. */
export function useSaveBatch(release: () => void) {
  const client = useQueryClient();
  const navigate = useNavigate();
  const [sent, setSent] = useState(0);
  const save = useMutation({
    mutationFn: ({ draft, file, start }: Wish) => {
      setSent(0);
      return upload<BatchView>({ path: '/v1/batch-calls', body: formOf(batchFields(draft, start), file), onProgress: setSent });
    },
    onSuccess: (batch) => {
      release();
      toast.done(told(batch.status, batch.name));
      void client.invalidateQueries({ queryKey: ['batches'] });
      return navigate(`/batch-calls/${batch.id}`);
    },
  });
  return { ...save, sent };
}
