import { useSearchParams } from 'react-router';

/** Takes the drawer out of the address. */
export function useCloseDrawer(parameter: 'new' | 'edit'): () => void {
  const [, setParams] = useSearchParams();
  return () =>
    setParams(
      (now) => {
        const next = new URLSearchParams(now);
        next.delete(parameter);
        return next;
      },
      { preventScrollReset: true },
    );
}
