import { signIn, signInFirst } from '@/kit/session';

/**
 * Signs in as the address says, and takes that out of it and of the browser's history: with the key of
 * `/#key=…`, which `campanile demo` prints, or by `/#first=…`, the link for the first sign-in of a
 * server, which makes a key. Gives the key that was made. Throws what the server says against it.
 */
export async function arrive(): Promise<string | null> {
  const { pathname, search, hash } = window.location;
  const said = new URLSearchParams(hash.slice(1));
  const [key, first] = [said.get('key'), said.get('first')];
  if (key === null && first === null) return null;
  window.history.replaceState(window.history.state, '', pathname + search);
  if (first !== null) return signInFirst(first);
  if (key !== null) await signIn(key);
  return null;
}
