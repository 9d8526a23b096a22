import type { Blocker } from 'react-router';
import { ConfirmDialog } from '@/kit';
import { form as text } from '@/text/en/newBatch';

/** Asks whether input may be lost. */
export function LeaveDialog({ blocker }: { blocker: Blocker }) {
  return (
    <ConfirmDialog
      opened={blocker.state === 'blocked'}
      onClose={() => blocker.reset?.()}
      title={text.leave.title}
      confirm={text.leave.confirm}
      danger
      onConfirm={() => blocker.proceed?.()}
    >
      {text.leave.text}
    </ConfirmDialog>
  );
}
