import { QueryClient } from '@tanstack/react-query';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api } from '@/kit/api';
import { askAhead } from './askAhead';

const asked: string[] = [];

beforeEach(() => {
  asked.length = 0;
  // Nothing is ever answered: who is asked, is asked without waiting for another.
  vi.stubGlobal('fetch', (path: string, { method }: RequestInit) => {
    asked.push(`${method} ${path}`);
    return method === 'POST' ? Promise.resolve(Response.json({}, { status: 401 })) : new Promise(() => undefined);
  });
  vi.spyOn(api, 'GET').mockImplementation((path: string) => {
    asked.push(`GET ${path}`);
    return new Promise(() => undefined);
  });
});

afterEach(() => {
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  window.history.replaceState(null, '', '/');
});

it.each(['/', '/batch-calls?page=2'])('at %s the batches are asked for together with the session', async (address) => {
  window.history.replaceState(null, '', address);
  await askAhead(new QueryClient());
  expect(asked).toEqual(['GET /v1/session', 'GET /v1/batch-calls']);
});

it('on another page the batches are not asked for', async () => {
  window.history.replaceState(null, '', '/calls');
  await askAhead(new QueryClient());
  expect(asked).toEqual(['GET /v1/session']);
});

it('nothing is asked for with a key that is refused', async () => {
  window.history.replaceState(null, '', '/#key=no:key');
  await askAhead(new QueryClient());
  expect(asked).toEqual(['POST /v1/session']);
});
