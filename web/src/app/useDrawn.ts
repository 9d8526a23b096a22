import { useEffect, useState } from 'react';

/** How long the page is left alone after it was first drawn, in milliseconds. */
const rest = 1_000;

/** True a while after the page was first drawn: for what nobody waits for. */
export function useDrawn(): boolean {
  const [drawn, setDrawn] = useState(false);
  useEffect(() => {
    const timer = setTimeout(() => setDrawn(true), rest);
    return () => clearTimeout(timer);
  }, []);
  return drawn;
}
