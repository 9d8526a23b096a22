/** Tells the application that the server does not know us any more. */
const listeners = new Set<() => void>();

export const signedOut = {
  tell(): void {
    for (const listener of listeners) listener();
  },
  subscribe(listener: () => void): () => void {
    listeners.add(listener);
    return () => listeners.delete(listener);
  },
};
