import { useQueryClient } from '@tanstack/react-query';
import { useNavigate } from 'react-router';
import { sessionQuery, signOut } from '@/kit/session';
import { toast } from '@/kit/toast';
import { app } from '@/text/en/app';

/** Ends the session and forgets what it saw. */
export function useSignOut(): () => void {
  const client = useQueryClient();
  const navigate = useNavigate();
  async function leave() {
    try {
      await signOut();
    } catch (error) {
      toast.failed(app.account.signOutFailed, error);
      return;
    }
    await navigate('/sign-in');
    client.setQueryData(sessionQuery.queryKey, null);
    client.removeQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'arrival' && queryKey[0] !== 'session' });
  }
  return () => void leave();
}
