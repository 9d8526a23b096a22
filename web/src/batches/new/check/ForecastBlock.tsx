import { Text } from '@mantine/core';
import type { Forecast } from '@/kit/api';
import { check } from '@/text/en/fileCheck';
import { forecastWords } from '../words';
import { Block } from './Block';
import classes from './Check.module.css';

/** How long the batch will take, and what limits it. */
export function ForecastBlock({ forecast, start }: { forecast: Forecast; start: Date }) {
  const { headline, done, notes } = forecastWords(forecast, start);
  return (
    <Block title={check.forecast}>
      <Text>{headline}</Text>
      <Text className={classes.quiet}>{[done, ...notes].join(' ')}</Text>
    </Block>
  );
}
