import { Stack, Text } from '@mantine/core';
import { ConfirmDialog, Facts } from '@/kit';
import { number, phone } from '@/kit/format';
import { useNow } from '@/kit/useNow';
import { control } from '@/text/en/control';
import classes from './StartDialog.module.css';
import { hoursFact, localTimes, whenFact, type Start } from './start';

const words = control.start;

interface Props {
  start: Start;
  opened: boolean;
  onClose: () => void;
  onConfirm: () => void;
  busy?: boolean;
  error?: unknown;
}

/** Asks before people are called: how many, by whom, when on whose clock, and what a mistake costs. */
export function StartDialog({ start, ...dialog }: Props) {
  const { people, later } = { people: start.people, later: start.at !== undefined };
  const [title, confirm] = later
    ? [words.titleLater, words.confirmLater]
    : [words.title, people === undefined ? words.confirmUnknown : words.confirm(number(people), people === 1)];
  return (
    <ConfirmDialog {...dialog} cautious title={title} confirm={confirm}>
      <Told start={start} />
    </ConfirmDialog>
  );
}

function Told({ start }: { start: Start }) {
  const now = useNow(10_000);
  const { people, rejected = 0, from, agent, version, maxRetries, hours } = start;
  const most = people === undefined ? undefined : people * (maxRetries + 1);
  const local = localTimes(start, now);
  return (
    <Stack gap="sm">
      <Text fw={500}>{start.name}</Text>
      <Facts
        facts={[
          [words.people, people === undefined ? words.peopleUnknown : words.peopleOf(number(people), people === 1) + (rejected > 0 ? words.leftOut(number(rejected), rejected === 1) : '')],
          [words.from, phone(from)],
          [words.agent, words.agentVersion(agent, version)],
          [words.when, whenFact(start, now)],
          ...(local ? ([[words.local, local]] as const) : []),
          [words.hours, hoursFact(hours)],
        ]}
      />
      {!hours && (
        <Text size="sm" className={classes.warning}>
          {words.noHours}
        </Text>
      )}
      <Text size="sm">{most === undefined ? words.priceUnknown : words.price(number(most), most === 1)}</Text>
    </Stack>
  );
}
