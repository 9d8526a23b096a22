import { asProblem } from '@/kit/api';
import { problemOf } from '@/kit/api/problem';
import { signedOut } from '@/kit/api/signedOut';

/** Posts a form, and lets the browser save the file that is answered. */
export async function download(path: string, body: FormData, name: string): Promise<void> {
  const answer = await fetch(path, { method: 'POST', body, headers: { 'Idempotency-Key': crypto.randomUUID() } }).catch((thrown: unknown) => {
    throw asProblem(thrown);
  });
  if (answer.status === 401) signedOut.tell();
  if (!answer.ok) throw problemOf(answer.status, await answer.json().catch(() => undefined));
  const address = URL.createObjectURL(await answer.blob());
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  URL.revokeObjectURL(address);
}
