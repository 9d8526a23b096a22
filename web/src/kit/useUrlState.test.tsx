import { act, useEffect } from 'react';
import { createRoot } from 'react-dom/client';
import { createBrowserRouter, RouterProvider } from 'react-router';
import { expect, it, vi } from 'vitest';
import { readState, useUrlState, writeState } from './useUrlState';

const defaults = { q: '', status: [], page: 1, new: false, sort: 'created_at' } as const;
const read = (search: string) => readState(defaults, new URLSearchParams(search));
const write = (search: string, change: Parameters<typeof writeState<typeof defaults>>[2]) =>
  writeState(defaults, new URLSearchParams(search), change).toString();

it('is the defaults when the address says nothing', () => {
  expect(read('')).toEqual(defaults);
});

it('reads each kind of value from the address', () => {
  expect(read('q=June+2026&status=running,paused&page=3&new=true&sort=name')).toEqual({
    q: 'June 2026',
    status: ['running', 'paused'],
    page: 3,
    new: true,
    sort: 'name',
  });
});

it('takes the default for a number that is none', () => {
  expect(read('page=x').page).toBe(1);
  expect(read('page=').page).toBe(1);
});

it('leaves what equals its default out of the address', () => {
  expect(write('page=3&status=running', { page: 1, status: [] })).toBe('');
});

it('changes what is given and keeps the rest, also what belongs to others', () => {
  expect(write('q=June&open=recipient_1', { page: 2 })).toBe('q=June&open=recipient_1&page=2');
});

it('reads back what it wrote', () => {
  const state = { q: 'a=b&c, "d"', status: ['draft'], page: 7, new: true, sort: '-name' };
  expect(read(write('', state))).toEqual(state);
});

it('keeps a change that is not drawn yet', async () => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  type Set = ReturnType<typeof useUrlState<typeof defaults>>[1];
  const drawn: Set[] = [];
  function Page() {
    const [, set] = useUrlState(defaults);
    useEffect(() => void drawn.push(set));
    return null;
  }
  const root = createRoot(document.createElement('div'));
  const router = createBrowserRouter([{ path: '*', element: <Page /> }]);
  act(() => root.render(<RouterProvider router={router} />));
  const [set] = drawn;
  await act(() => Promise.resolve(set?.({ new: true })));
  await act(() => Promise.resolve(set?.({ q: 'June' })));
  expect(window.location.search).toBe('?new=true&q=June');
  act(() => root.unmount());
  router.dispose();
  vi.unstubAllGlobals();
});
