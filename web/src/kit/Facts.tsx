import type { ReactNode } from 'react';
import classes from './Facts.module.css';

/** A name and its value. */
export type Fact = readonly [name: string, value: ReactNode];

interface Props {
  /** Those without a value are left out. */
  facts: readonly Fact[];
  /** Where there is much room: two columns of them. */
  wide?: boolean;
}

/** What is known of a thing: names, with their values beside them. */
export function Facts({ facts, wide = false }: Props) {
  return (
    <dl className={classes.facts} data-wide={wide || undefined}>
      {facts.map(
        ([name, value]) =>
          value && (
            <div key={name}>
              <dt>{name}</dt>
              <dd>{value}</dd>
            </div>
          ),
      )}
    </dl>
  );
}
