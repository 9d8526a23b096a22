import { useDebouncedValue } from '@mantine/hooks';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import type { Preflight } from '@/kit/api';
import type { Draft } from './draft';
import { checkFields, formOf } from './request';
import { upload } from './upload';

/** A file that was chosen, with a number that tells it from one of the same name. */
export interface Picked {
  file: File;
  id: number;
}

export interface Check {
  report: Preflight | undefined;
  error: Error | null;
  checking: boolean;
  /** How much of the file was sent, from 0 to 1. */
  sent: number;
  /** When the report came, in milliseconds. */
  at: number;
}

/**
 * Asks what would become of the file as soon as it is there, and again when what decides that has
 * changed; a request that is no longer wanted is aborted.
 */
export function useCheck(picked: Picked | undefined, draft: Draft): Check {
  const [sent, setSent] = useState(0);
  const wanted = JSON.stringify(checkFields(draft));
  const [fields] = useDebouncedValue(wanted, 300);
  const { data, error, isFetching, dataUpdatedAt } = useQuery({
    queryKey: ['batch-check', picked?.id, fields],
    queryFn: ({ signal }) => {
      if (!picked) throw new Error('there is no file to check');
      setSent(0);
      const body = formOf(JSON.parse(fields) as Record<string, string>, picked.file);
      return upload<Preflight>({ path: '/v1/batch-calls/validate', body, signal, onProgress: setSent });
    },
    enabled: picked !== undefined,
    // What was known about the same file stays until the new answer is there.
    placeholderData: (before, query) => (query?.queryKey[1] === picked?.id ? before : undefined),
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  return { report: data, error, checking: isFetching || (picked !== undefined && fields !== wanted), sent, at: dataUpdatedAt };
}
