import { signIn } from '@/kit/session';

/**
 * Signs in with the key of an address such as `/#key=…`, which `campanile demo` prints, and takes it
 * out of the address and of the browser's history. Throws what the server says against the key.
 */
export async function arrive(): Promise<void> {
  const { pathname, search, hash } = window.location;
  const key = new URLSearchParams(hash.slice(1)).get('key');
  if (key === null) return;
  window.history.replaceState(window.history.state, '', pathname + search);
  await signIn(key);
}
