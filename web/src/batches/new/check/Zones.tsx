import type { TimeZoneCount } from '@/kit/api';
import { number, zoneName } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import { Block } from './Block';
import classes from './Check.module.css';

const shown = 8;

/** Where the people are who would be called. */
export function Zones({ zones }: { zones: readonly TimeZoneCount[] }) {
  const more = zones.length - shown;
  return (
    <Block title={text.zones}>
      <ul className={classes.zones}>
        {zones.slice(0, shown).map(({ zone, count }) => (
          <li key={zone ?? ''}>{text.zone(zone ? zoneName(zone) : text.zoneUnknown, number(count))}</li>
        ))}
        {more > 0 && <li>{text.moreZones(number(more), more === 1)}</li>}
      </ul>
    </Block>
  );
}
