import { useQuery, useQueryClient } from '@tanstack/react-query';
import { ProblemError, asProblem, problemOf } from './api/problem';
import type { KeyScope } from './api';

export interface Session {
  workspace: { id: string; name: string };
  scope: KeyScope;
  key_id: string;
}

export const sessionKey = ['session'] as const;

async function request<T>(method: string, body?: object): Promise<T> {
  const response = await fetch('/v1/session', {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}),
  }).catch((thrown: unknown) => {
    throw asProblem(thrown);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response.status, answer);
  return answer as T;
}

/** Who is signed in; null when nobody is. */
export async function currentSession(): Promise<Session | null> {
  try {
    return await request<Session>('GET');
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.status === 401) return null;
    throw thrown;
  }
}

export async function signIn(apiKey: string): Promise<void> {
  await request('POST', { api_key: apiKey });
}

export async function signOut(): Promise<void> {
  await request('DELETE');
}

/** The signed-in session; for pages, which are shown to nobody else. */
export function useSession(): Session {
  const client = useQueryClient();
  const { data } = useQuery({ queryKey: sessionKey, queryFn: currentSession, staleTime: Infinity });
  const session = data ?? client.getQueryData<Session>(sessionKey);
  if (!session) throw new Error('useSession is for pages behind the sign-in');
  return session;
}

const order: readonly KeyScope[] = ['read', 'operate', 'admin', 'operator'];

/** Whether the key may do what needs that scope; hide or explain what it may not. */
export function useMay(scope: 'operate' | 'admin'): boolean {
  return order.indexOf(useSession().scope) >= order.indexOf(scope);
}
