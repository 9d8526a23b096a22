import { ProblemError, asProblem } from '@/kit/api';
import { problemOf } from '@/kit/api/problem';
import { signedOut } from '@/kit/api/signedOut';
import { form as text } from '@/text/en/newBatch';

interface Upload {
  path: string;
  body: FormData;
  signal?: AbortSignal;
  /** How much of it was sent, from 0 to 1. */
  onProgress?: (share: number) => void;
}

function send({ path, body, signal, onProgress }: Upload): Promise<XMLHttpRequest> {
  return new Promise((resolve, reject) => {
    // fetch does not tell how much of a body was sent.
    const request = new XMLHttpRequest();
    request.open('POST', path);
    request.setRequestHeader('Idempotency-Key', crypto.randomUUID());
    request.upload.onprogress = ({ loaded, total, lengthComputable }) => lengthComputable && onProgress?.(loaded / total);
    request.onload = () => resolve(request);
    request.onerror = () => reject(new TypeError('no answer'));
    request.onabort = () => reject(new DOMException('aborted', 'AbortError'));
    signal?.addEventListener('abort', () => request.abort());
    request.send(body);
  });
}

function parse(answer: string): unknown {
  try {
    return JSON.parse(answer);
  } catch {
    return undefined;
  }
}

/** A browser refuses to send a file that was changed after it was chosen. */
async function readable(body: FormData): Promise<boolean> {
  const file = body.get('file');
  if (!(file instanceof File)) return true;
  return file.slice(0, 1).arrayBuffer().then(
    () => true,
    () => false,
  );
}

/** Posts a form with a file, and tells how much of it was sent. */
export async function upload<T>(form: Upload): Promise<T> {
  let request: XMLHttpRequest;
  try {
    request = await send(form);
  } catch (thrown) {
    if (thrown instanceof DOMException) throw thrown;
    if (await readable(form.body)) throw asProblem(thrown);
    throw new ProblemError({ ...text.file.changed, status: 0, code: 'unreadable' });
  }
  const answer = parse(request.responseText);
  if (request.status === 401) signedOut.tell();
  if (request.status < 200 || request.status >= 300) throw problemOf(request.status, answer);
  return answer as T;
}
