import type { Progress } from '@/kit/api';
import { calledWords, inWords } from '../state';
import { StatusBar } from '../StatusBar';
import classes from './BatchProgress.module.css';

/** How far a batch is: a bar of the statuses, and the same in words. */
export function BatchProgress({ progress }: { progress: Progress }) {
  const words = inWords(progress);
  return (
    <div className={classes.progress} title={words}>
      <StatusBar progress={progress} label={words} thin />
      <span className={classes.words}>{calledWords(progress)}</span>
    </div>
  );
}
