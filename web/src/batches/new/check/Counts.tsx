import { IconCircleCheck, IconCircleX } from '@tabler/icons-react';
import type { Preflight } from '@/kit/api';
import { number } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import classes from './Check.module.css';

/** How many rows would be called, and how many not. */
export function Counts({ report: { accepted, rejected, total, refused } }: { report: Preflight }) {
  return (
    <div role="status">
      <ul className={classes.counts}>
        <li className={classes.count} data-tone="good">
          <IconCircleCheck size={17} aria-hidden />
          {(refused ? text.couldBe : text.accepted)(number(accepted), accepted === 1)}
        </li>
        {rejected > 0 && (
          <li className={classes.count} data-tone="bad">
            <IconCircleX size={17} aria-hidden />
            {text.rejected(number(rejected), rejected === 1)}
          </li>
        )}
        <li className={classes.count} data-tone="quiet">
          {text.total(number(total), total === 1)}
          {rejected === 0 && `. ${text.noneRejected}`}
        </li>
      </ul>
    </div>
  );
}
