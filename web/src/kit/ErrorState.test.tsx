import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot } from 'react-dom/client';
import { afterAll, afterEach, beforeAll, expect, it, vi } from 'vitest';
import { kit } from '@/text/en/kit';
import { ProblemError } from './api';
import { ErrorState } from './ErrorState';

let place: HTMLElement | undefined;
beforeAll(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => undefined, removeEventListener: () => undefined }));
});
afterAll(() => vi.unstubAllGlobals());
afterEach(() => place?.remove());

function shown(element: React.ReactNode): string {
  place = document.body.appendChild(document.createElement('div'));
  const root = createRoot(place);
  act(() => root.render(<MantineProvider env="test">{element}</MantineProvider>));
  const text = place.textContent;
  act(() => root.unmount());
  return text;
}

const mistake = { pointer: '/max_calls', detail: 'is 0; write 1 to 100,000' };
const refused = new ProblemError({ title: 'The request is not valid', status: 422, code: 'invalid_request', detail: 'max_calls: is 0; write 1 to 100,000', errors: [mistake] });

it('says a mistake once, with the word of the page', () => {
  const text = shown(<ErrorState error={refused} />);
  expect(text).toContain('Calls at once is 0; write 1 to 100,000');
  expect(text.split('is 0').length).toBe(2);
  expect(text).not.toContain('max_calls');
});

it('leaves to its field what stands beside it', () => {
  const text = shown(<ErrorState error={refused} mistakes={[]} />);
  expect(text).not.toContain('is 0');
  expect(text).toContain(kit.problems.beside);
});

it('says why, where no field is wrong', () => {
  const problem = new ProblemError({ title: 'Wrong state', status: 409, code: 'wrong_state', detail: 'It is over.', errors: [] });
  expect(shown(<ErrorState error={problem} />)).toContain('It is over.');
});
