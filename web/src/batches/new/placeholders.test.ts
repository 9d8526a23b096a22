import { describe, expect, it } from 'vitest';
import type { VersionView } from '@/kit/api';
import { fill, placeholdersOf } from './placeholders';

const said = (text: string, values: Record<string, string>) => fill(text, values).map((piece) => piece.text).join('');

describe('filling placeholders', () => {
  it('puts the values of a row in', () => {
    expect(fill('Hello {{name}}, see you {{ day }}.', { name: 'Jordan', day: 'Monday' })).toEqual([
      { kind: 'text', text: 'Hello ' },
      { kind: 'filled', name: 'name', text: 'Jordan' },
      { kind: 'text', text: ', see you ' },
      { kind: 'filled', name: 'day', text: 'Monday' },
      { kind: 'text', text: '.' },
    ]);
  });

  it('leaves what has no value as it is written', () => {
    expect(fill('{{Name}}', { name: 'Jordan' })).toEqual([{ kind: 'open', name: 'Name', text: '{{Name}}' }]);
  });

  it('does not fill what a value contains', () => {
    expect(said('{{a}}', { a: '{{b}}', b: 'no' })).toBe('{{b}}');
  });

  it('tells an empty value from none', () => {
    expect(fill('{{a}}', { a: '' })).toEqual([{ kind: 'filled', name: 'a', text: '' }]);
  });

  it('takes nothing else for a placeholder', () => {
    for (const text of ['{{', '}}', '{{}}', '{{  }}', '{name}', '{{name}']) expect(said(text, { name: 'x' })).toBe(text);
    expect(said('{{{name}}}', { name: 'x' })).toBe('{x}');
    expect(said('{{toString}}', {})).toBe('{{toString}}');
  });
});

it('names every placeholder of a version once', () => {
  const version: VersionView = {
    number: 1,
    status: 'published',
    created_at: '2026-01-01T00:00:00Z',
    secrets: [],
    first_message: '{{b}} {{a}}',
    prompt: '{{a}} {{c}}',
    engine: { type: 'script', lines: ['{{d}}'], goodbye: '{{ e }}' },
    voicemail_message: '{{f}} {{b}}',
  };
  expect(placeholdersOf(version)).toEqual(['b', 'a', 'c', 'd', 'e', 'f']);
});
