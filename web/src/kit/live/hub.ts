import type { LiveEvent } from './events';
import { LiveStream, type LiveState } from './stream';

export type Listener = (events: readonly LiveEvent[]) => void;

const path = '/v1/events';

/** One stream for the whole page, open as long as anybody listens. */
let stream: LiveStream | undefined;
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  stream ??= new LiveStream(path, deliver, changed);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    stream?.close();
    stream = undefined;
  };
}

function deliver(events: readonly LiveEvent[]): void {
  for (const listener of listeners) listener(events);
}

function changed(): void {
  for (const watcher of watchers) watcher();
}

/** Calls back when the state of the connection changed. */
export function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const closed: LiveState = { status: 'connecting' };

export function connection(): LiveState {
  return stream?.state ?? closed;
}
