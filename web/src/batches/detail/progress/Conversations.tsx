import { Text, Title } from '@mantine/core';
import type { BatchView } from '@/kit/api';
import { number, percent, wait } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { calls } from '@/text/en/calls';
import classes from './Conversations.module.css';
import rounds from './Rounds.module.css';

/** How the agent does: how soon it answers, and how often and why it failed. Nothing before anything is known. */
export function Conversations({ batch }: { batch: BatchView }) {
  const { latencies, agent_failures: failures, failure_causes: causes } = batch.conversations;
  if (latencies.length === 0 && failures === 0) return null;
  const { conversations: text } = words;
  return (
    <section aria-labelledby="conversations">
      <Title order={3} id="conversations" className={rounds.title}>
        {text.title}
      </Title>
      {latencies.length > 0 && (
        <table className={classes.latencies} aria-label={text.table}>
          <thead>
            <tr>
              <td />
              <th scope="col">{text.half}</th>
              <th scope="col">{text.most}</th>
            </tr>
          </thead>
          <tbody>
            {latencies.map(({ step, turns, p50_ms: half, p95_ms: most }) => (
              <tr key={step} data-step={step} title={text.turns(number(turns), turns === 1)}>
                <th scope="row">{calls.latency.steps[step]}</th>
                <td>{wait(half)}</td>
                <td>{wait(most)}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {failures > 0 && (
        <>
          <Text size="sm" mt="xs">
            {text.failed(number(failures), failures === 1, percent(failures, batch.progress.attempts))}
          </Text>
          <ul className={classes.causes}>
            {causes.map(({ cause, calls: count }) => (
              <li key={cause}>
                <span>{cause}</span> <span className={classes.count}>{number(count)}</span>
              </li>
            ))}
          </ul>
        </>
      )}
    </section>
  );
}
