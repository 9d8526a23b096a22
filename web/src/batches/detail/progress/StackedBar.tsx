import type { RecipientStatus } from '@/kit/api';
import { recipientTones } from '@/kit';
import classes from './Progress.module.css';

interface Props {
  parts: readonly { status: RecipientStatus; count: number }[];
  total: number;
  /** The same in words. */
  label: string;
}

/** How a whole falls into its parts, each in the colour of its status. */
export function StackedBar({ parts, total, label }: Props) {
  return (
    <div className={classes.bar} role="img" aria-label={label}>
      {parts.map(({ status, count }) =>
        count === 0 ? null : (
          <span key={status} className={classes.part} data-tone={recipientTones[status]} data-status={status} style={{ flexGrow: count / total }} />
        ),
      )}
    </div>
  );
}
