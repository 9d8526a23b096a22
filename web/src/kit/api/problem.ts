import { kit } from '@/text/en/kit';
import type { Code, Mistake, Problem } from './schema';

interface Told extends Pick<Problem, 'title' | 'detail' | 'status' | 'errors'> {
  code: Code | 'unreachable';
}

/** What the server says about a request that it did not do, or `unreachable` when it said nothing. */
export class ProblemError extends Error {
  override readonly name = 'ProblemError';
  readonly title: string;
  readonly detail: string;
  readonly status: number;
  readonly code: Code | 'unreachable';
  readonly errors: readonly Mistake[];
  /** Further members of the problem, such as the `preflight` of a refused file. */
  readonly more: Readonly<Record<string, unknown>>;

  constructor({ title, detail, status, code, errors, ...more }: Told) {
    super(detail);
    this.title = title;
    this.detail = detail;
    this.status = status;
    this.code = code;
    this.errors = errors ?? [];
    this.more = more;
  }
}

/** The error of an answer's body, which is a problem unless something between us and the server wrote it. */
export function problemOf(status: number, body: unknown): ProblemError {
  if (isProblem(body)) return new ProblemError(body);
  return new ProblemError({ ...kit.problems.unexpected(status), status, code: status >= 500 ? 'unavailable' : 'internal' });
}

/** Whatever was thrown, as a problem. */
export function asProblem(thrown: unknown): ProblemError {
  if (thrown instanceof ProblemError) return thrown;
  // fetch rejects with a TypeError when there is no answer at all.
  if (thrown instanceof TypeError) return new ProblemError({ ...kit.problems.unreachable, status: 0, code: 'unreachable' });
  const detail = thrown instanceof Error ? thrown.message : String(thrown);
  return new ProblemError({ title: kit.problems.page, detail, status: 0, code: 'internal' });
}

function isProblem(body: unknown): body is Problem {
  return typeof body === 'object' && body !== null && 'code' in body && 'detail' in body && 'title' in body;
}
