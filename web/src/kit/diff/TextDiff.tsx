import { VisuallyHidden } from '@mantine/core';
import { parts } from '@/text/en/parts';
import { sequenceDiff, words } from './sequenceDiff';
import classes from './TextDiff.module.css';

/** A text as it became another one: what went is struck through, what came is marked. */
export function TextDiff({ before, after }: { before: string; after: string }) {
  const stretches = sequenceDiff(words(before), words(after));
  return (
    <div className={classes.text}>
      {stretches.map(({ kind, items }, index) => {
        const text = items.join('');
        if (kind === 'same') return <span key={index}>{text}</span>;
        const Change = kind === 'removed' ? 'del' : 'ins';
        return (
          <Change key={index} className={classes[kind]}>
            <VisuallyHidden>{`[${parts.diff[kind]}: `}</VisuallyHidden>
            {text}
            <VisuallyHidden>{']'}</VisuallyHidden>
          </Change>
        );
      })}
    </div>
  );
}
