import { Text, Title, UnstyledButton } from '@mantine/core';
import { resultWords } from '@/calls/facts';
import type { ResultCounts } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import classes from './Results.module.css';
import rounds from './Rounds.module.css';

interface Props {
  results: readonly ResultCounts[];
  /** What the recipients are narrowed to, such as `answer:yes`. */
  shown: string;
  /** Shows the recipients with a result; the empty text is all of them. */
  onShow: (result: string) => void;
}

/** What the agent recorded, in numbers: a bar for each value that can be counted. */
export function Results({ results, shown, onShow }: Props) {
  return (
    <section aria-labelledby="results">
      <Title order={3} id="results" className={rounds.title}>
        {words.results.title}
      </Title>
      <div className={classes.results}>
        {results.map((result) => (
          <div key={result.name} role="group" aria-label={result.name}>
            <div className={rounds.words}>
              <b>{result.name}</b>
              <span>{words.results.recorded(number(result.count))}</span>
            </div>
            {rangeOf(result) && (
              <Text size="sm" c="var(--text-quiet)">
                {rangeOf(result)}
              </Text>
            )}
            {result.counts.map(({ value, count }) => {
              const asked = `${result.name}:${value}`;
              return (
                <UnstyledButton key={asked} className={classes.value} aria-pressed={shown === asked} onClick={() => onShow(shown === asked ? '' : asked)}>
                  <span className={rounds.words}>
                    <span className={classes.name}>{resultWords(value)}</span>
                    <span>{number(count)}</span>
                  </span>
                  <span className={rounds.track} aria-hidden>
                    <span className={rounds.fill} style={{ width: `${result.count === 0 ? 0 : (count / result.count) * 100}%` }} />
                  </span>
                </UnstyledButton>
              );
            })}
          </div>
        ))}
      </div>
    </section>
  );
}

/** Of numbers, between what they are. */
function rangeOf({ min, max, mean }: ResultCounts): string | undefined {
  if (typeof min !== 'number' || typeof max !== 'number' || typeof mean !== 'number') return undefined;
  return words.results.range(number(min), number(max), number(mean));
}
