import { act, useEffect } from 'react';
import { createRoot, type Root } from 'react-dom/client';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { useTypedAhead } from './useTypedAhead';

let root: Root;
let typed: string;
let ahead: ReturnType<typeof useTypedAhead>;

function Page({ give }: { give: (given: typeof ahead) => void }) {
  const given = useTypedAhead((letter) => (typed += letter));
  useEffect(() => {
    give(given);
  });
  return null;
}

beforeEach(() => {
  vi.stubGlobal('IS_REACT_ACT_ENVIRONMENT', true);
  typed = '';
  root = createRoot(document.createElement('div'));
  act(() => root.render(<Page give={(given) => (ahead = given)} />));
});

afterEach(() => {
  act(() => root.unmount());
  vi.unstubAllGlobals();
});

/** Whether the page took the key. */
function press(key: string, more: KeyboardEventInit = {}): boolean {
  const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...more });
  document.body.dispatchEvent(event);
  return event.defaultPrevented;
}

it('keeps the letters that come before the field', () => {
  ahead.begin();
  for (const letter of 'June') expect(press(letter)).toBe(true);
  expect(typed).toBe('June');
});

it('leaves every key alone once the field is there', () => {
  ahead.begin();
  ahead.end();
  expect(press('J')).toBe(false);
  expect(typed).toBe('');
});

it('leaves keys alone that write nothing', () => {
  ahead.begin();
  expect([press('Enter'), press('k', { ctrlKey: true })]).toEqual([false, false]);
  expect(typed).toBe('');
});
