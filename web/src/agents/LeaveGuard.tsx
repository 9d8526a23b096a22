import { useEffect } from 'react';
import { useBlocker } from 'react-router';
import { ConfirmDialog } from '@/kit';
import { agents } from '@/text/en/agents';

/** Which version the address shows; other parameters may change without leaving it. */
function shown({ pathname, search }: { pathname: string; search: string }): string {
  const params = new URLSearchParams(search);
  return [pathname, params.get('tab') ?? '', params.get('version') ?? ''].join(' ');
}

/** Asks before changes that are not saved are left behind. */
export function LeaveGuard({ dirty }: { dirty: boolean }) {
  const blocker = useBlocker(({ currentLocation, nextLocation }) => dirty && shown(currentLocation) !== shown(nextLocation));
  useEffect(() => {
    if (!dirty) return;
    const ask = (event: BeforeUnloadEvent) => event.preventDefault();
    window.addEventListener('beforeunload', ask);
    return () => window.removeEventListener('beforeunload', ask);
  }, [dirty]);
  return (
    <ConfirmDialog
      opened={blocker.state === 'blocked'}
      danger
      title={agents.leave.title}
      confirm={agents.leave.confirm}
      onClose={() => blocker.reset?.()}
      onConfirm={() => blocker.proceed?.()}
    >
      {agents.leave.about}
    </ConfirmDialog>
  );
}
