import { queryOptions, useSuspenseQuery } from '@tanstack/react-query';
import type { KeyScope } from './api';
import { ProblemError, asProblem, problemOf } from './api/problem';
import { sessionNews } from './sessionNews';

export interface Session {
  workspace: { id: string; name: string };
  scope: KeyScope;
  key_id: string;
  /** Of the program. */
  version: string;
}

async function request(method: string, body?: object, path = '/v1/session'): Promise<unknown> {
  const response = await fetch(path, {
    method,
    ...(body ? { body: JSON.stringify(body), headers: { 'Content-Type': 'application/json' } } : {}),
  }).catch((thrown: unknown) => {
    throw asProblem(thrown);
  });
  const answer: unknown = await response.json().catch(() => undefined);
  if (!response.ok) throw problemOf(response.status, answer);
  return answer;
}

async function currentSession(): Promise<Session | null> {
  try {
    return (await request('GET')) as Session;
  } catch (thrown) {
    if (thrown instanceof ProblemError && thrown.status === 401) return null;
    throw thrown;
  }
}

/** Whether the server still knows us. */
export async function isSignedIn(): Promise<boolean> {
  return (await currentSession()) !== null;
}

/** Hands the key to the server, which answers with a cookie; nothing of it stays here. */
export async function signIn(apiKey: string): Promise<Session> {
  const session = (await request('POST', { api_key: apiKey })) as Session;
  sessionNews.tell(session);
  return session;
}

/** Signs in by the link for the first sign-in; gives the key that it made, which is shown this once. */
export async function signInFirst(secret: string): Promise<string> {
  const made = (await request('POST', { secret }, '/v1/session/first')) as { session: Session; key: string };
  sessionNews.tell(made.session);
  return made.key;
}

export async function signOut(): Promise<void> {
  await request('DELETE');
  sessionNews.tell(null);
}

/** Who is signed in; null when nobody is. */
export const sessionQuery = queryOptions({ queryKey: ['session'], queryFn: currentSession, staleTime: Infinity });

/** The signed-in session; for pages, which are shown to nobody else. */
export function useSession(): Session {
  const { data } = useSuspenseQuery(sessionQuery);
  // For the moment in which the page learns that it is signed out, before the sign-in takes its place.
  return data ?? { workspace: { id: '', name: '' }, scope: 'read', key_id: '', version: '' };
}

const order: readonly KeyScope[] = ['read', 'operate', 'admin', 'operator'];

/** Whether the key may do what needs that scope; hide or explain what it may not. */
export function useMay(scope: 'operate' | 'admin'): boolean {
  return order.indexOf(useSession().scope) >= order.indexOf(scope);
}
