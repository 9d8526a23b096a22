import { Text } from '@mantine/core';
import { When } from '@/kit';
import { duration } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { useNow } from '../useNow';
import classes from './Dialing.module.css';

/** "Goes on in 2 minutes 5 seconds", each second anew. A screen reader hears the instant, not the seconds. */
export function Countdown({ to, zone }: { to: string; zone: string | undefined }) {
  const left = (new Date(to).getTime() - useNow(true)) / 1_000;
  return (
    <Text size="sm" fw={500} className={classes.countdown}>
      <span aria-hidden>{left < 1 ? words.dialing.clearsNow : words.dialing.clearsIn(duration(left))}</span>
      <Text span size="sm" c="var(--text-quiet)">
        <When at={to} zone={zone} seconds={left < 3_600} />
      </Text>
    </Text>
  );
}
