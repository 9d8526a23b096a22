import type { QueryClient } from '@tanstack/react-query';
import { renew } from '@/kit/live';
import { sessionQuery, type Session } from '@/kit/session';

/** Another tab signed in or out: this one shows nothing of the key before, and goes on with the new one. */
export function followSession(client: QueryClient, session: Session | null): void {
  const known = client.getQueryData(sessionQuery.queryKey);
  if (known?.key_id === session?.key_id && known?.workspace.id === session?.workspace.id) return;
  client.setQueryData(sessionQuery.queryKey, session);
  if (session === null) return;
  renew(session.key_id);
  void client.resetQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'arrival' && queryKey[0] !== 'session' });
}
