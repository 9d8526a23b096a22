import { expect, it } from 'vitest';
import { problemOf } from './api/problem';
import { fieldName, problemWords } from './fieldName';

it('is the word that stands beside the field', () => {
  expect(fieldName('/retry/max_retries')).toBe('Max Retries');
  expect(fieldName('/calling_hours/days/0')).toBe('Days');
  expect(fieldName('/host')).toBe('Host');
  expect(fieldName('/some_new_field')).toBe('Some new field');
});

it('tells a refusal without the names that programs use', () => {
  const told = { title: 'The request is not valid', status: 422, code: 'invalid_request', detail: 'starts_at: lies in the past', errors: [{ pointer: '/starts_at', detail: 'lies in the past' }] };
  expect(problemWords(problemOf(422, told))).toBe('Start lies in the past.');
  expect(problemWords(problemOf(409, { ...told, detail: 'It is paused.', errors: [] }))).toBe('It is paused.');
});
