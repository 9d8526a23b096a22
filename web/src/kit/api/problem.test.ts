import { expect, it } from 'vitest';
import { ok } from './client';
import { fieldErrors } from './fields';
import { ProblemError, asProblem, problemOf } from './problem';

const refused = {
  type: 'urn:campanile:problem:invalid_request',
  title: 'The request is not valid',
  status: 422,
  code: 'invalid_request',
  detail: 'The request has 2 mistakes.',
  errors: [
    { pointer: '/retry/max_retries', detail: 'is above 10' },
    { pointer: '/calling_hours/days/0', detail: 'is no day' },
    { pointer: '/calling_hours/start', detail: 'is after the end' },
    { pointer: '', detail: 'is not acceptable' },
  ],
  preflight: { total: 3 },
};

it('carries everything that the server said', () => {
  const problem = problemOf(422, refused);
  expect(problem).toMatchObject({ title: refused.title, code: 'invalid_request', status: 422, message: refused.detail });
  expect(problem.errors).toHaveLength(4);
  expect(problem.more.preflight).toEqual({ total: 3 });
});

it('understands an answer of something else than the server', () => {
  expect(problemOf(502, '<html>')).toMatchObject({ status: 502, code: 'unavailable' });
});

it('is thrown for a refused request and for none that got through', async () => {
  await expect(ok(Promise.resolve({ error: refused, response: new Response(null, { status: 422 }) }))).rejects.toBeInstanceOf(ProblemError);
  await expect(ok(Promise.reject(new TypeError('Failed to fetch')))).rejects.toMatchObject({ code: 'unreachable', status: 0 });
});

it('gives the data of an answer', async () => {
  expect(await ok(Promise.resolve({ data: { id: 'batch_1' }, response: new Response() }))).toEqual({ id: 'batch_1' });
});

it('lays mistakes beside the nearest field and keeps the rest', () => {
  const errors = fieldErrors(problemOf(422, refused), ['/calling_hours', '/calling_hours/start', '/retry/max_retries']);
  expect(errors.at('/retry/max_retries')).toBe('is above 10');
  expect(errors.at('/calling_hours')).toBe('is no day');
  expect(errors.at('/calling_hours/start')).toBe('is after the end');
  expect(errors.at('/name')).toBeUndefined();
  expect(errors.rest).toEqual([{ pointer: '', detail: 'is not acceptable' }]);
});

it('has no field errors for what is no problem', () => {
  expect(fieldErrors(asProblem(new Error('x')), ['/name']).rest).toEqual([]);
});
