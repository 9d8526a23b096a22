import { QueryClient } from '@tanstack/react-query';
import { expect, it } from 'vitest';
import { sessionQuery, type Session } from '@/kit/session';
import { followSession } from './followSession';

const session = (key_id: string): Session => ({ workspace: { id: 'workspace_1', name: 'default' }, scope: 'operator', key_id, version: '1' });

function signedIn(key: string) {
  const client = new QueryClient();
  client.setQueryData(sessionQuery.queryKey, session(key));
  client.setQueryData(['batches'], 'what key_1 may see');
  return client;
}

it('signs out with the other tab', () => {
  const client = signedIn('key_1');
  followSession(client, null);
  expect(client.getQueryData(sessionQuery.queryKey)).toBeNull();
});

it('forgets what the key before has seen', () => {
  const client = signedIn('key_1');
  followSession(client, session('key_2'));
  expect(client.getQueryData(sessionQuery.queryKey)).toEqual(session('key_2'));
  expect(client.getQueryData(['batches'])).toBeUndefined();
});

it('keeps what it shows when the same key signs in', () => {
  const client = signedIn('key_1');
  followSession(client, session('key_1'));
  expect(client.getQueryData(['batches'])).toBe('what key_1 may see');
});
