import { IconLock } from '@tabler/icons-react';
import type { ReactNode } from 'react';
import { EmptyState } from '@/kit';
import type { KeyScope } from '@/kit/api';
import { parts } from '@/text/en/parts';
import { useRefusal } from './scopes';

/** What a key of too weak a scope may not even see. */
export function NeedsScope({ scope, children }: { scope: KeyScope; children: ReactNode }) {
  const refusal = useRefusal(scope);
  if (refusal === undefined) return children;
  return (
    <EmptyState title={parts.locked} icon={<IconLock size={32} stroke={1.3} />}>
      {refusal}
    </EmptyState>
  );
}
