import { lazy, Suspense, useState } from 'react';
import type { BatchView } from '@/kit/api';
import { BatchMenuButton } from './BatchMenuButton';

const OpenBatchMenu = lazy(async () => ({ default: (await import('./OpenBatchMenu')).OpenBatchMenu }));

/** What can be done to a batch without opening it. A page has dozens of menus: each is made when it is wanted. */
export function BatchMenu({ batch }: { batch: BatchView }) {
  const [wanted, setWanted] = useState(false);
  const button = <BatchMenuButton name={batch.name} aria-haspopup="menu" aria-expanded={false} onClick={() => setWanted(true)} />;
  if (!wanted) return button;
  return (
    <Suspense fallback={button}>
      <OpenBatchMenu batch={batch} />
    </Suspense>
  );
}
