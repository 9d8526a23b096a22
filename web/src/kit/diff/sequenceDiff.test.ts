import { describe, expect, it } from 'vitest';
import { sequenceDiff, words } from './sequenceDiff';

const diff = (before: string, after: string) =>
  sequenceDiff(Array.from(before), Array.from(after)).map(({ kind, items }) => `${{ same: '=', removed: '-', added: '+' }[kind]}${items.join('')}`);

describe('sequenceDiff', () => {
  it('keeps what both have, in order', () => {
    expect(diff('abcd', 'axcd')).toEqual(['=a', '-b', '+x', '=cd']);
    expect(diff('abc', 'bcd')).toEqual(['-a', '=bc', '+d']);
  });

  it('says nothing about equal sequences and all about new ones', () => {
    expect(diff('abc', 'abc')).toEqual(['=abc']);
    expect(diff('', 'abc')).toEqual(['+abc']);
    expect(diff('abc', '')).toEqual(['-abc']);
    expect(diff('', '')).toEqual([]);
  });

  it('does not use an item at both ends twice', () => {
    expect(diff('aa', 'a')).toEqual(['=a', '-a']);
  });

  it('gives both sequences back', () => {
    const stretches = sequenceDiff(Array.from('one two three'), Array.from('one tree more'));
    const side = (without: string) => stretches.filter(({ kind }) => kind !== without).flatMap(({ items }) => items).join('');
    expect(side('added')).toBe('one two three');
    expect(side('removed')).toBe('one tree more');
  });
});

describe('words', () => {
  it('lose nothing and keep a placeholder whole', () => {
    const text = 'Grüezi {{customer_name}}, it is  3 PM.\nBye';
    expect(words(text).join('')).toBe(text);
    expect(words(text)).toContain('{{customer_name}}');
  });
});
