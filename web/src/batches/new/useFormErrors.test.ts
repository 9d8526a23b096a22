import { expect, it } from 'vitest';
import { ProblemError } from '@/kit/api';
import { emptyDraft } from './draft';
import { formErrors } from './useFormErrors';

const refused = (...errors: { pointer: string; detail: string }[]) =>
  new ProblemError({ title: 'No', detail: 'No', status: 422, code: 'invalid_request', errors });

it('marks every refused field at once, and keeps what belongs to none', () => {
  const refusal = refused({ pointer: '/name', detail: 'is too long' }, { pointer: '/retry/wait_minutes', detail: 'is too long, too' }, { pointer: '/x', detail: 'is unknown' });
  const errors = formErrors(emptyDraft, { missing: {}, refusal, tried: emptyDraft });
  expect(errors.at('/name')).toBe('Is too long.');
  expect(errors.at('/retry/wait_minutes')).toBe('Is too long, too.');
  expect(errors.rest).toEqual([{ pointer: '/x', detail: 'is unknown' }]);
});

it('takes the mark away when the value is changed, and only there', () => {
  const refusal = refused({ pointer: '/name', detail: 'is too long' }, { pointer: '/weight', detail: 'is too high' });
  const errors = formErrors({ ...emptyDraft, name: 'short' }, { missing: {}, refusal, tried: emptyDraft });
  expect(errors.at('/name')).toBeUndefined();
  expect(errors.at('/weight')).toBe('Is too high.');
});

it('prefers the words for people to those of the server', () => {
  const refusal = refused({ pointer: '/name', detail: 'is missing; write text in quotes' });
  expect(formErrors(emptyDraft, { missing: { '/name': 'Give it a name.' }, refusal, tried: emptyDraft }).at('/name')).toBe('Give it a name.');
});

it('marks what the check of the file finds', () => {
  const checkError = refused({ pointer: '/starts_at', detail: 'lies in the past' });
  expect(formErrors(emptyDraft, { missing: {}, refusal: null, tried: undefined, checkError }).at('/starts_at')).toBe('Lies in the past.');
});
