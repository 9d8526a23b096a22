import { afterEach, expect, it, vi } from 'vitest';
import { arrive } from './arrival';

const fetched = vi.fn<typeof fetch>();

afterEach(() => {
  vi.unstubAllGlobals();
  fetched.mockReset();
});

it('takes the key out of the address before it is used', async () => {
  window.history.replaceState(null, '', '/calls?outcome=busy#key=key_1:secret');
  fetched.mockImplementation(() => {
    expect(window.location.href).not.toContain('secret');
    return Promise.resolve(Response.json({}));
  });
  vi.stubGlobal('fetch', fetched);
  await arrive();
  expect(fetched.mock.calls[0]?.[1]?.body).toBe('{"api_key":"key_1:secret"}');
  expect(window.location.pathname + window.location.search + window.location.hash).toBe('/calls?outcome=busy');
});

it('gives the key that the first link made', async () => {
  window.history.replaceState(null, '', '/#first=once');
  const session = { workspace: { id: 'ws_1', name: 'default' }, scope: 'operator', key_id: 'key_1' };
  fetched.mockResolvedValue(Response.json({ session, key: 'key_1:secret' }));
  vi.stubGlobal('fetch', fetched);
  expect(await arrive()).toBe('key_1:secret');
  expect(fetched.mock.calls[0]?.[0]).toBe('/v1/session/first');
  expect(fetched.mock.calls[0]?.[1]?.body).toBe('{"secret":"once"}');
  expect(window.location.hash).toBe('');
});

it('asks nothing when no key came along', async () => {
  window.history.replaceState(null, '', '/calls#part');
  vi.stubGlobal('fetch', fetched);
  await arrive();
  expect(fetched).not.toHaveBeenCalled();
  expect(window.location.hash).toBe('#part');
});
