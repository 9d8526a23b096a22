import { describe, expect, it } from 'vitest';
import { filled, isSound, lookalikes, nearPlaceholders, pieces, placeholdersOf, sampleOf } from './placeholders';

const names = (text: string) => placeholdersOf([text]);

describe('placeholders', () => {
  it('are found with spaces inside the braces, and case-sensitive', () => {
    expect(names('Hello {{customer_name}}, {{ day }} or {{Day}}')).toEqual(['customer_name', 'day', 'Day']);
  });

  it('are not what has no name, a single brace or a brace inside', () => {
    expect(names('{{}} {{ }} {name} {{a{b}} {{a}b}}')).toEqual([]);
  });

  it('are found behind braces that are text', () => {
    expect(names('{{{a}}} {{b{{c}}')).toEqual(['a', 'c']);
  });

  it('are each named once over all texts', () => {
    expect(placeholdersOf(['{{a}} {{b}}', '{{b}} {{c}}'])).toEqual(['a', 'b', 'c']);
  });

  it('lose nothing of the text around them', () => {
    const text = '{{a}}x{{ b }}{y}{{}}z';
    expect(pieces(text).map((piece) => piece.text).join('')).toBe(text);
  });
});

describe('a sample', () => {
  it('is what was typed, then the default, then what a call has, then the name', () => {
    expect(sampleOf('day', { day: 'Monday' }, { day: 'soon' })).toBe('Monday');
    expect(sampleOf('day', {}, { day: 'soon' })).toBe('soon');
    expect(sampleOf('attempt', {}, {})).toBe('1');
    expect(sampleOf('customer_name', {}, {})).toBe('customer name');
  });

  it('may be empty', () => {
    expect(sampleOf('day', { day: '' }, { day: 'soon' })).toBe('');
  });

  it('is not taken from what every object has', () => {
    expect(sampleOf('constructor', {}, {})).toBe('constructor');
  });
});

describe('lookalikes', () => {
  it('are names that differ in case or punctuation only', () => {
    expect(lookalikes(['customer_name', 'day', 'Customer Name'])).toEqual([['customer_name', 'Customer Name']]);
    expect(lookalikes(['day', 'days'])).toEqual([]);
  });
});

describe('what nearly is a placeholder', () => {
  const near = (text: string) => nearPlaceholders([text]).map(({ written, meant }) => [written, meant]);

  it('is found as the server finds it', () => {
    expect(near('Hello {customer_name}.')).toEqual([['{customer_name}', '{{customer_name}}']]);
    expect(near('Hello {{name, are you there?')).toEqual([['{{name', '{{name}}']]);
    expect(near('Hello {{name}, hi')).toEqual([['{{name}', '{{name}}']]);
    expect(near('{{}} {a} {{b}} {{c')).toEqual([['{{}', undefined], ['{a}', '{{a}}'], ['{{c', '{{c}}']]);
    expect(near('{{b}} {} {, } {!} a { b {{{name}}}')).toEqual([]);
  });

  it('is not looked for in the name of a sound', () => {
    expect([isSound(' Hello.WAV '), isSound('.wav'), isSound('wav')]).toEqual([true, false, false]);
    expect(near('{a}.wav')).toEqual([]);
  });
});

it('a text is filled once', () => {
  expect(filled('Hi {{name}} {x}', () => '{{name}}')).toBe('Hi {{name}} {x}');
});
