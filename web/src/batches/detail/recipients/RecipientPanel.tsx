import { Anchor, Drawer, Group, Skeleton, Stack, Text, Title } from '@mantine/core';
import { useState } from 'react';
import { Link } from 'react-router';
import { CopyButton, ErrorState, Facts, RecipientBadge, When } from '@/kit';
import type { BatchView, RecipientWithAttempts } from '@/kit/api';
import { number, phone } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { Countdown } from '../dialing/Countdown';
import { batchZone } from '../../state';
import { AttemptCard } from './AttemptCard';
import classes from './RecipientPanel.module.css';
import { useRecipient } from './useRecipient';

interface Props {
  batch: BatchView;
  /** Whose panel is open; the empty text closes it. */
  id: string;
  onClose: () => void;
}

/** One recipient: what the file says, what was tried, and what comes next. */
export function RecipientPanel({ batch, id, onClose }: Props) {
  // While it slides away it still shows whom it showed.
  const [shown, setShown] = useState(id);
  if (id !== '' && id !== shown) setShown(id);
  const { data, error, refetch } = useRecipient(shown, batch.id);
  return (
    <Drawer
      opened={id !== ''}
      onClose={onClose}
      position="right"
      size="34rem"
      title={data ? <Heading recipient={data} /> : ' '}
      closeButtonProps={{ 'aria-label': words.recipient.close }}
      overlayProps={{ backgroundOpacity: 0.25 }}
    >
      {error && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && !error && <Skeleton height={300} />}
      {data && <Body batch={batch} recipient={data} />}
    </Drawer>
  );
}

function Heading({ recipient }: { recipient: RecipientWithAttempts }) {
  return (
    <Group gap="xs">
      <span className={classes.number}>{phone(recipient.phone_number)}</span>
      <CopyButton value={recipient.phone_number} />
      <RecipientBadge status={recipient.status} />
      <Text span size="sm" c="var(--text-quiet)">
        {words.recipient.title(number(recipient.row))}
      </Text>
    </Group>
  );
}

function Body({ batch, recipient }: { batch: BatchView; recipient: RecipientWithAttempts }) {
  const zone = batchZone(batch);
  const { blocker, reason, next_attempt_at: next } = recipient;
  const told = blocker && words.blockers[blocker.code];
  const attempts = [...recipient.attempts].reverse();
  return (
    <Stack gap="lg">
      {reason && (
        <Text size="sm">
          {words.recipient.skipped}: {words.recipient.reasons[reason] ?? reason}
        </Text>
      )}
      {told && (
        <section className={classes.blocker}>
          <Text size="sm" fw={600}>
            {told.title}
          </Text>
          {blocker.clears_at && <Countdown to={blocker.clears_at} zone={zone} begins={blocker.code === 'waiting_for_start'} />}
          <Text size="sm" c="var(--text-quiet)">
            {told.help}
          </Text>
        </section>
      )}
      {next && !blocker?.clears_at && (
        <Text size="sm">
          {words.recipient.next}: <When at={next} zone={zone} seconds />
        </Text>
      )}
      <section aria-labelledby="variables">
        <Title order={3} id="variables" className={classes.title}>
          {words.recipient.variables}
        </Title>
        <Variables columns={batch.columns} values={recipient.variables} />
      </section>
      <section aria-labelledby="attempts">
        <Group justify="space-between" className={classes.title}>
          <Title order={3} id="attempts">
            {words.recipient.attempts}
          </Title>
          {attempts.length > 1 && (
            <Anchor component={Link} to={`/calls?recipient=${recipient.id}`} size="sm">
              {words.recipient.calls}
            </Anchor>
          )}
        </Group>
        {attempts.length === 0 && (
          <Text size="sm" c="var(--text-quiet)">
            {words.recipient.noAttempts}
          </Text>
        )}
        <Stack gap="sm">
          {attempts.map((attempt, index) => (
            <AttemptCard key={attempt.call_id} attempt={attempt} opened={index === 0} />
          ))}
        </Stack>
      </section>
    </Stack>
  );
}

function Variables({ columns, values }: { columns: readonly string[]; values: Readonly<Record<string, string>> }) {
  const names = columns.filter((column) => column !== 'phone_number');
  if (names.length === 0) return <Text c="var(--text-quiet)">{words.recipient.noVariables}</Text>;
  return <Facts facts={names.map((name) => [name, values[name] || <span className={classes.quiet}>{words.recipient.empty}</span>])} />;
}
