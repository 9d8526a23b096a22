import { describe, expect, it } from 'vitest';
import { backTo } from './backTo';
import { matches } from './paletteEntries';
import { isTaken, match } from './shortcuts';

const shortcuts = ['?', 'g b', 'g c', 'b'];

describe('shortcuts', () => {
  it('are a key alone', () => {
    expect(match(shortcuts, undefined, '?', 0)).toEqual({ shortcut: '?' });
  });

  it('are two keys one after the other', () => {
    const { heard } = match(shortcuts, undefined, 'g', 0);
    expect(match(shortcuts, heard, 'c', 400)).toEqual({ shortcut: 'g c' });
  });

  it('prefer a sequence to its last key alone, until it took too long', () => {
    const heard = { first: 'g', at: 0 };
    expect(match(shortcuts, heard, 'b', 1_000)).toEqual({ shortcut: 'g b' });
    expect(match(shortcuts, heard, 'b', 2_000)).toEqual({ shortcut: 'b' });
  });

  it('begin anew after a key that leads nowhere', () => {
    expect(match(shortcuts, { first: 'g', at: 0 }, 'x', 100)).toEqual({});
  });

  it.each(['<input>', '<div contenteditable><b></b></div>', '<div role="dialog"><button></button></div>'])('do nothing in %s', (html) => {
    document.body.innerHTML = html;
    const inner = document.body.querySelector('b, button') ?? document.body.firstElementChild;
    let taken = false;
    document.addEventListener('keydown', (event) => (taken = isTaken(event)), { once: true });
    inner?.dispatchEvent(new KeyboardEvent('keydown', { key: 'g', bubbles: true }));
    expect(taken).toBe(true);
  });
});

it.each([
  ['/calls?outcome=busy', '/calls?outcome=busy'],
  ['//elsewhere.example', '/'],
  ['/\\elsewhere.example', '/'],
  ['https://elsewhere.example', '/'],
  ['/sign-in', '/'],
  [null, '/'],
])('after signing in from %s one is at %s', (to, place) => {
  expect(backTo(to)).toBe(place);
});

it('the palette finds labels by their words in any order', () => {
  expect(matches('rem june')({ label: 'June reminders' })).toBe(true);
  expect(matches('july')({ label: 'June reminders' })).toBe(false);
});
