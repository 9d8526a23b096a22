import { MantineProvider } from '@mantine/core';
import { act } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { SearchField } from './SearchField';

let root: Root;
let page: HTMLElement;
const told = vi.fn<(value: string) => void>();

function draw(value: string) {
  act(() =>
    root.render(
      <MantineProvider env="test">
        <SearchField value={value} onChange={told} />
      </MantineProvider>,
    ),
  );
}

function field(): HTMLInputElement {
  const input = page.querySelector('input');
  if (!input) throw new Error('no field');
  return input;
}

function type(text: string) {
  const input = field();
  act(() => {
    // React watches the element's own property; the prototype's is what a browser sets.
    Reflect.set(HTMLInputElement.prototype, 'value', text, input);
    input.dispatchEvent(new Event('input', { bubbles: true }));
  });
}

function rest() {
  act(() => void vi.advanceTimersByTime(250));
}

beforeEach(() => {
  vi.useFakeTimers();
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  vi.stubGlobal('matchMedia', () => ({ matches: false, addEventListener: () => {}, removeEventListener: () => {} }));
  told.mockClear();
  page = document.createElement('div');
  root = createRoot(page);
  draw('');
});

afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it('tells what is searched for once, when typing rests', () => {
  type('J');
  type('June ');
  expect(told).not.toHaveBeenCalled();
  rest();
  expect(told.mock.calls).toEqual([['June']]);
});

it('keeps the field and what is typed when the address follows', () => {
  const before = field();
  type('June ');
  rest();
  type('June 2');
  draw('June');
  expect(field()).toBe(before);
  expect(field().value).toBe('June 2');
});

it('shows what the address says when it changed elsewhere', () => {
  type('June');
  rest();
  draw('June');
  draw('');
  expect(field().value).toBe('');
  draw('June');
  expect(field().value).toBe('June');
});
