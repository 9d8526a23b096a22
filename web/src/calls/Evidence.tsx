import type { AttemptView } from '@/kit/api';
import { evidenceOf } from './facts';
import classes from './Facts.module.css';

/** How an attempt went: what rang, who answered, what the network said. */
export function Evidence({ attempt }: { attempt: AttemptView }) {
  const facts = evidenceOf(attempt);
  if (facts.length === 0) return null;
  return (
    <dl className={classes.facts}>
      {facts.map(({ name, value, detail }) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>
            {value} {detail && <span className={classes.detail}>({detail})</span>}
          </dd>
        </div>
      ))}
    </dl>
  );
}
