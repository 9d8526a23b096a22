import { memo } from 'react';
import { dateTime, readerZone, sameClock } from './format';
import { kit } from '@/text/en/kit';
import { shortTime } from './shortTime';

interface Props {
  at: string;
  zone?: string | undefined;
}

/**
 * An instant where there is little room; the whole of it, and the batch's time, is in its tip. Tables
 * have hundreds, and formatting is slow, so it is done only when the instant is another.
 */
export const ShortWhen = memo(function ShortWhen({ at, zone }: Props) {
  const there = zone && !sameClock(at, zone, readerZone()) ? ` (${kit.when.there(dateTime(at, { zone, withZone: true, seconds: true }))})` : '';
  return (
    <time dateTime={at} title={`${dateTime(at, { withZone: true, seconds: true })}${there}`}>
      {shortTime(at)}
    </time>
  );
});
