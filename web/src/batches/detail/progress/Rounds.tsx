import { Text, Title } from '@mantine/core';
import type { Round } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import classes from './Rounds.module.css';

/** How many had the first call, the first retry and so on. */
export function Rounds({ rounds }: { rounds: readonly Round[] }) {
  const whole = Math.max(1, ...rounds.map((round) => round.total));
  return (
    <section aria-labelledby="rounds">
      <Title order={3} id="rounds" className={classes.title}>
        {words.rounds.title}
      </Title>
      {rounds.length === 0 ? (
        <Text size="sm" c="var(--text-quiet)">
          {words.rounds.none}
        </Text>
      ) : (
        <ul className={classes.rounds}>
          {rounds.map(({ round, attempted, total }) => {
            const name = round === 1 ? words.rounds.first : words.rounds.retry(round - 1);
            return (
              <li key={round}>
                <div className={classes.words}>
                  <span>{name}</span>
                  <span>{words.rounds.of(number(attempted), number(total))}</span>
                </div>
                <div className={classes.track} style={{ width: `${(total / whole) * 100}%` }} aria-hidden>
                  <div className={classes.fill} style={{ width: `${total === 0 ? 0 : (attempted / total) * 100}%` }} />
                </div>
              </li>
            );
          })}
        </ul>
      )}
    </section>
  );
}
