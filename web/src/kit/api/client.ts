import createClient, { type Middleware } from 'openapi-fetch';
import { asProblem, problemOf } from './problem';
import type { paths } from './schema';
import { signedOut } from './signedOut';

const conventions: Middleware = {
  onRequest({ request }) {
    if (request.method === 'POST') request.headers.set('Idempotency-Key', crypto.randomUUID());
    return request;
  },
  onResponse({ request, response }) {
    if (response.status === 401 && !request.url.endsWith('/v1/session')) signedOut.tell();
  },
};

/** The public API. Wrap a call in `ok` to get its data, or a `ProblemError` thrown. */
export const api = createClient<paths>({ baseUrl: globalThis.location.origin });
api.use(conventions);

interface Answer<T> {
  data?: T;
  error?: unknown;
  response: Response;
}

/** The data of an answer; throws a `ProblemError` when it is not what was asked for. */
export async function ok<T>(request: Promise<Answer<T>>): Promise<T> {
  let answer: Answer<T>;
  try {
    answer = await request;
  } catch (thrown) {
    if (thrown instanceof DOMException && thrown.name === 'AbortError') throw thrown;
    throw asProblem(thrown);
  }
  if (!answer.response.ok) throw problemOf(answer.response.status, answer.error);
  return answer.data as T;
}

/** Posts a form with a file: `await postForm<Preflight>('/v1/batch-calls/validate', form, signal)`. */
export async function postForm<T>(path: string, form: FormData, signal?: AbortSignal): Promise<T> {
  const request = fetch(path, {
    method: 'POST',
    body: form,
    headers: { 'Idempotency-Key': crypto.randomUUID() },
    signal: signal ?? null,
  });
  return ok(request.then(readAnswer<T>));
}

async function readAnswer<T>(response: Response): Promise<Answer<T>> {
  if (response.status === 401) signedOut.tell();
  const body: unknown = await response.json().catch(() => undefined);
  return response.ok ? { data: body as T, response } : { error: body, response };
}
