import { useQuery } from '@tanstack/react-query';
import { Suspense, lazy } from 'react';
import { Navigate, Outlet, useLocation } from 'react-router';
import { ErrorState } from '@/kit/ErrorState';
import { sessionQuery } from '@/kit/session';
import { useArrival } from './useArrival';
import classes from './SignInPage.module.css';

const FirstKey = lazy(async () => ({ default: (await import('./FirstKey')).FirstKey }));

/** Lets those through who are signed in; the others sign in and come back to where they were. */
export function SessionGate() {
  const arrival = useArrival();
  const session = useQuery({ ...sessionQuery, enabled: arrival.done });
  const { pathname, search } = useLocation();

  if (session.data) {
    return (
      <>
        <Outlet />
        {arrival.madeKey !== null && (
          <Suspense>
            <FirstKey secret={arrival.madeKey} onClose={arrival.forgetKey} />
          </Suspense>
        )}
      </>
    );
  }
  if (arrival.error !== null || session.data === null) {
    const to = pathname + search;
    return <Navigate to={{ pathname: '/sign-in', search: to === '/' ? '' : `?${new URLSearchParams({ to }).toString()}` }} replace />;
  }
  if (session.error) {
    return (
      <main className={classes.page}>
        <ErrorState error={session.error} onRetry={() => void session.refetch()} />
      </main>
    );
  }
  return null;
}
