import { useState } from 'react';
import type { BatchView } from '@/kit/api';
import { lazyPart } from '@/kit/lazy';
import { BatchMenuButton } from './BatchMenuButton';

interface Props {
  batch: BatchView;
}

const OpenBatchMenu = lazyPart(
  async () => (await import('./OpenBatchMenu')).OpenBatchMenu,
  ({ batch }: Props) => <BatchMenuButton name={batch.name} aria-haspopup="menu" aria-expanded={false} />,
);

/** What can be done to a batch without opening it. A page has dozens of menus: each is made when it is wanted. */
export function BatchMenu({ batch }: Props) {
  const [wanted, setWanted] = useState(false);
  if (wanted) return <OpenBatchMenu batch={batch} />;
  return <BatchMenuButton name={batch.name} aria-haspopup="menu" aria-expanded={false} onClick={() => setWanted(true)} />;
}
