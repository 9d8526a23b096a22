import { MantineProvider } from '@mantine/core';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { api } from '@/kit/api';
import { EraseDialog } from './EraseDialog';

const client = new QueryClient();
const closed = vi.fn();
let root: Root;

function form(): HTMLFormElement {
  const form = document.querySelector('form');
  if (!form) throw new Error('no form');
  return form;
}

function input(kind: 'tel' | 'checkbox'): HTMLInputElement {
  const input = form().querySelector<HTMLInputElement>(`input[type=${kind}]`);
  if (!input) throw new Error(`no ${kind}`);
  return input;
}

/** Sends the form, and waits for what comes of it. */
const send = () =>
  act(async () => {
    form().requestSubmit();
    await Promise.resolve();
  });

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
  const done = { data: { state: 'done' }, response: new Response(null, { status: 201 }) };
  vi.spyOn(api, 'POST').mockResolvedValue(done);
  closed.mockClear();
  root = createRoot(document.body.appendChild(document.createElement('div')));
  act(() =>
    root.render(
      <MantineProvider env="test">
        <QueryClientProvider client={client}>
          <EraseDialog onClose={closed} />
        </QueryClientProvider>
      </MantineProvider>,
    ),
  );
  act(() => {
    const field = input('tel');
    // React watches the element's own property; the prototype's is what a browser sets.
    Reflect.set(HTMLInputElement.prototype, 'value', '+1 415 555 0101', field);
    field.dispatchEvent(new Event('input', { bubbles: true }));
  });
});

afterEach(() => {
  act(() => root.unmount());
  client.clear();
  document.body.replaceChildren();
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
});

it('erases nobody before it was confirmed', async () => {
  await send();
  expect(api.POST).not.toHaveBeenCalled();
  act(() => input('checkbox').click());
  await send();
  expect(api.POST).toHaveBeenCalledExactlyOnceWith('/v1/erasures', { body: { phone_number: '+1 415 555 0101' } });
  expect(closed).toHaveBeenCalled();
});
