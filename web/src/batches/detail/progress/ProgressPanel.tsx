import { Text, Title, UnstyledButton } from '@mantine/core';
import { recipientTones } from '@/kit';
import type { BatchView, RecipientStatus } from '@/kit/api';
import { number, percent } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';
import { calledWords, inWords, peopleOf, statuses } from '../../state';
import { StatusBar } from '../../StatusBar';
import classes from './Progress.module.css';

interface Props {
  batch: BatchView;
  /** Shows the recipients of a status; the empty one is all of them. */
  onShow: (status: RecipientStatus | '') => void;
  shown: string;
}

/** How far the batch is: a bar, and beside it the number of each status. */
export function ProgressPanel({ batch, onShow, shown }: Props) {
  const { progress } = batch;
  const { called, toCall } = peopleOf(progress);
  return (
    <section className={classes.panel} aria-labelledby="progress">
      <div className={classes.heading}>
        <Title order={2} id="progress">
          {calledWords(progress)}
          <Text span className={classes.share}>
            {percent(called, toCall)}
          </Text>
        </Title>
        <Text size="sm" c="var(--text-quiet)">
          {words.progress.attempts(number(progress.attempts), progress.attempts === 1)}
        </Text>
      </div>
      <StatusBar progress={progress} label={words.progress.bar(inWords(progress))} />
      <ul className={classes.counts}>
        <Count label={words.progress.total} count={progress.total} pressed={false} onPress={() => onShow('')} />
        {statuses.map((status) => (
          <Count
            key={status}
            label={kit.recipientStatuses[status]}
            tone={recipientTones[status]}
            status={status}
            count={progress[status]}
            pressed={shown === status}
            onPress={() => onShow(shown === status ? '' : status)}
          />
        ))}
      </ul>
    </section>
  );
}

interface CountProps {
  label: string;
  count: number;
  tone?: string;
  status?: string;
  pressed: boolean;
  onPress: () => void;
}

/** A status with its number; pressing it shows only those recipients. */
function Count({ label, count, tone, status, pressed, onPress }: CountProps) {
  return (
    <li>
      <UnstyledButton className={classes.count} aria-pressed={status ? pressed : undefined} data-none={count === 0 || undefined} onClick={onPress}>
        <span className={classes.value}>{number(count)}</span>
        <span className={classes.name}>
          {tone && <span className={classes.dot} data-tone={tone} data-status={status} aria-hidden />}
          {label}
        </span>
      </UnstyledButton>
    </li>
  );
}
