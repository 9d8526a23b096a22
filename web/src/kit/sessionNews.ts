import type { Session } from './session';

/** The cookie is the browser's, so whoever signs in or out in one tab does it in all of them. */
let channel: BroadcastChannel | undefined;

function opened(): BroadcastChannel | undefined {
  if (typeof BroadcastChannel !== 'undefined') channel ??= new BroadcastChannel('campanile-session');
  return channel;
}

/** Tells the other tabs who is signed in now, or that nobody is any more; one does not hear oneself. */
export const sessionNews = {
  tell(session: Session | null): void {
    opened()?.postMessage(session);
  },
  subscribe(listener: (session: Session | null) => void): void {
    opened()?.addEventListener('message', ({ data }: MessageEvent<Session | null>) => listener(data));
  },
};
