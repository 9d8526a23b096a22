import { Text, Title } from '@mantine/core';
import { When } from '@/kit';
import type { BatchView } from '@/kit/api';
import { batch as words } from '@/text/en/batch';
import { batchZone } from '../../state';
import { Countdown } from './Countdown';
import classes from './Dialing.module.css';
import { dialingOf } from './dialing';

/** Whether the batch dials; when not, why and when it will, counting down. */
export function DialingPanel({ batch }: { batch: BatchView }) {
  const { tone, title, help, clearsAt } = dialingOf(batch);
  return (
    <section aria-labelledby="dialing" className={classes.dialing} data-tone={tone}>
      <Title order={3} id="dialing" className={classes.title}>
        {title}
      </Title>
      {clearsAt && <Countdown to={clearsAt} zone={batchZone(batch)} begins={batch.status === 'scheduled'} />}
      <Text size="sm" c="var(--text-quiet)">
        {help}
      </Text>
      {batch.finished_at && (
        <Text size="sm">
          {words.dialing.finished} <When at={batch.finished_at} zone={batchZone(batch)} />
        </Text>
      )}
    </section>
  );
}
