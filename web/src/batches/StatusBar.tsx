import { recipientTones } from '@/kit';
import type { Progress } from '@/kit/api';
import { statuses } from './state';
import classes from './StatusBar.module.css';

interface Props {
  progress: Progress;
  /** The same in words. */
  label: string;
  thin?: boolean;
}

/** How the people of a batch fall into statuses, each in its colour. Rejected rows are none of them. */
export function StatusBar({ progress, label, thin = false }: Props) {
  return (
    <div className={classes.bar} role="img" aria-label={label} data-thin={thin || undefined}>
      {statuses
        .map((status) => [status, status === 'skipped' ? progress.skipped - progress.rejected : progress[status]] as const)
        .filter(([, people]) => people > 0)
        .map(([status, people]) => (
          <span key={status} className={classes.part} data-tone={recipientTones[status]} data-status={status} style={{ flexGrow: people }} />
        ))}
    </div>
  );
}
