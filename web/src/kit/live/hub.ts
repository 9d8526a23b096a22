import type { LiveEvent } from './events';
import { LiveStream, type LiveState } from './stream';

export type Listener = (events: readonly LiveEvent[]) => void;

interface Shared {
  stream: LiveStream;
  listeners: Set<Listener>;
}

/** The open streams, one for each path however many pieces of the page listen to it. */
const open = new Map<string, Shared>();
const watchers = new Set<() => void>();

function changed(): void {
  for (const watcher of watchers) watcher();
}

export function listen(path: string, listener: Listener): () => void {
  const shared = open.get(path) ?? connect(path);
  shared.listeners.add(listener);
  return () => {
    shared.listeners.delete(listener);
    if (shared.listeners.size > 0) return;
    shared.stream.close();
    open.delete(path);
    changed();
  };
}

function connect(path: string): Shared {
  const listeners = new Set<Listener>();
  const deliver: Listener = (events) => {
    for (const listener of listeners) listener(events);
  };
  const shared = { listeners, stream: new LiveStream(path, deliver, changed) };
  open.set(path, shared);
  changed();
  return shared;
}

/** Calls back when the state of any stream changed. */
export function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

const idle: LiveState = { status: 'connecting' };

export function stateOf(path: string): LiveState {
  return open.get(path)?.stream.state ?? idle;
}

/** The worst state of all: what the page may promise about being up to date. */
export function overallState(): LiveState {
  let worst: LiveState = idle;
  for (const { stream } of open.values()) {
    if (stream.state.status === 'reconnecting') return stream.state;
    if (stream.state.status === 'live') worst = stream.state;
  }
  return worst;
}
