import { kit } from '@/text/en/kit';
import { dateTime, readerZone, relative, sameClock } from './format';

interface Props {
  at: string;
  /** The batch's zone: its time stands beside the reader's where the two differ. */
  zone?: string | null | undefined;
  seconds?: boolean;
}

/** An instant in the reader's zone. */
export function When({ at, zone, seconds = false }: Props) {
  const there = zone && !sameClock(at, zone, readerZone()) ? dateTime(at, { zone, withZone: true, seconds }) : undefined;
  return (
    <time dateTime={at} title={`${dateTime(at, { withZone: true, seconds: true })} (${relative(at)})`}>
      {dateTime(at, { seconds, withZone: true })}
      {there && ` (${kit.when.there(there)})`}
    </time>
  );
}
