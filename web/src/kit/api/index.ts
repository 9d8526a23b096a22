export { api, ok, postForm } from './client';
export { fieldErrors, type FieldErrors } from './fields';
export { ProblemError, asProblem } from './problem';
export type * from './schema';
