import { useState } from 'react';
import type { ConfirmProps } from './ConfirmModal';
import { lazyPart } from './lazy';

const ConfirmModal = lazyPart(async () => (await import('./ConfirmModal')).ConfirmModal);

/** Asks before doing what is hard to undo. Its code is loaded when something is asked for the first time. */
export function ConfirmDialog(props: ConfirmProps) {
  const [needed, setNeeded] = useState(props.opened);
  if (props.opened && !needed) setNeeded(true);
  return needed ? <ConfirmModal {...props} /> : null;
}
