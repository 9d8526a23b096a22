import { Anchor, Button, Text } from '@mantine/core';
import { IconCheck, IconPhoneCall } from '@tabler/icons-react';
import { useQueries } from '@tanstack/react-query';
import { Link } from 'react-router';
import { EmptyState, useMay } from '@/kit';
import { api, ok } from '@/kit/api';
import { list } from '@/text/en/batches';
import classes from './FirstSteps.module.css';
import { firstSteps, stepNames, type Step } from './steps';

const places: Record<Step, string> = { trunk: '/settings/telephony', number: '/phone-numbers', agent: '/agents', batch: '/batch-calls?new' };

/** Instead of the list while there is no batch: what to do first, checked off by what is there. */
export function FirstSteps() {
  const may = useMay('operate');
  const [trunks, numbers, agents] = useQueries({
    queries: [
      { queryKey: ['trunks'], queryFn: () => ok(api.GET('/v1/trunks')) },
      { queryKey: ['phone-numbers'], queryFn: () => ok(api.GET('/v1/phone-numbers')) },
      { queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) },
    ],
  });
  const { done, next } = firstSteps({ trunks: trunks.data?.items ?? [], numbers: numbers.data?.items ?? [], agents: agents.data?.items ?? [] });
  const ready = next === 'batch';
  const { first } = list;
  return (
    <EmptyState
      title={first.title}
      icon={<IconPhoneCall size={32} stroke={1.5} />}
      action={
        may && (
          <Button component={Link} to={places[next]}>
            {ready ? list.newBatch : first.steps[next][0]}
          </Button>
        )
      }
    >
      {ready ? first.introReady : first.intro}
      <ol className={classes.steps}>
        {stepNames.map((step, index) => (
          <li key={step} className={classes.step} data-done={done.has(step) || undefined} data-next={step === next || undefined}>
            <span className={classes.mark} aria-hidden>
              {done.has(step) ? <IconCheck size={13} stroke={3} /> : index + 1}
            </span>
            <span>
              <Anchor component={Link} to={places[step]} size="sm" fw={500} c="inherit" underline="always">
                {first.steps[step][0]}
              </Anchor>
              <span className={classes.hidden}> ({done.has(step) ? first.done : first.toDo})</span>
              <Text size="xs" component="span" display="block">
                {first.steps[step][1]}
              </Text>
            </span>
          </li>
        ))}
      </ol>
    </EmptyState>
  );
}
