import { Text } from '@mantine/core';
import { When } from '@/kit';
import { duration } from '@/kit/format';
import { useNow } from '@/kit/useNow';
import { batch as words } from '@/text/en/batch';
import classes from './Dialing.module.css';

interface Props {
  to: string;
  zone: string | undefined;
  /** Whether something begins then, rather than goes on. */
  begins: boolean;
}

/** "Goes on in 2 minutes 5 seconds", each second anew. A screen reader hears the instant, not the seconds. */
export function Countdown({ to, zone, begins }: Props) {
  const left = (new Date(to).getTime() - useNow(1_000)) / 1_000;
  const { clearsIn, startsIn, clearsNow, startsNow } = words.dialing;
  const [soon, later] = begins ? [startsNow, startsIn] : [clearsNow, clearsIn];
  return (
    <Text size="sm" fw={500} className={classes.countdown}>
      <span aria-hidden>{left < 1 ? soon : later(duration(left))}</span>
      <Text span size="sm" c="var(--text-quiet)">
        <When at={to} zone={zone} seconds={left < 3_600} />
      </Text>
    </Text>
  );
}
