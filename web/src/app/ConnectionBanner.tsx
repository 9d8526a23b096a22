import { useQueryClient } from '@tanstack/react-query';
import { IconPlugConnectedX } from '@tabler/icons-react';
import { useEffect, useRef, useState } from 'react';
import { timeOfDay } from '@/kit/format';
import { useConnection } from '@/kit/live';
import { app } from '@/text/en/app';
import classes from './ConnectionBanner.module.css';

/** A connection that comes back within this time was hardly gone. */
const grace = 1_000;

/** Says when what the page shows may be old, and fetches everything again once the connection is back. */
export function ConnectionBanner() {
  const connection = useConnection();
  const client = useQueryClient();
  const since = connection.status === 'reconnecting' ? connection.since : undefined;
  const shown = useLasting(since);
  const wasLost = useRef(false);

  useEffect(() => {
    if (since !== undefined) wasLost.current = true;
    else if (connection.status === 'live' && wasLost.current) {
      wasLost.current = false;
      void client.invalidateQueries();
    }
  }, [since, connection.status, client]);

  return (
    <div role="status" className={classes.place}>
      {shown !== undefined && (
        <div className={classes.banner}>
          <IconPlugConnectedX size={16} aria-hidden />
          {app.connection.lost(timeOfDay(new Date(shown)))}
        </div>
      )}
    </div>
  );
}

/** The value once it has lasted for the time of grace; undefined at once when it is gone. */
function useLasting(value: number | undefined): number | undefined {
  const [lasted, setLasted] = useState<number>();
  useEffect(() => {
    if (value === undefined) return;
    const timer = setTimeout(() => setLasted(value), grace);
    return () => clearTimeout(timer);
  }, [value]);
  return lasted === value ? value : undefined;
}
