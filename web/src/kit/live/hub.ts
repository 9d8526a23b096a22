import { signedOut } from '../api/signedOut';
import { isSignedIn } from '../session';
import type { LiveEvent } from './events';
import { openLine, type Line } from './line';
import type { LiveState } from './stream';

export type Listener = (events: readonly LiveEvent[]) => void;

/** A tab that nobody looks at follows nothing from so long on, in milliseconds. */
const restAfter = 15_000;

/** One line for the whole page, open as long as anybody listens and somebody may be looking. */
let line: Line | undefined;
let state: LiveState = { status: 'connecting' };
let rest: ReturnType<typeof setTimeout> | undefined;
let resting = false;
const listeners = new Set<Listener>();
const watchers = new Set<() => void>();

export function listen(listener: Listener): () => void {
  listeners.add(listener);
  if (listeners.size === 1) begin();
  return () => {
    listeners.delete(listener);
    if (listeners.size === 0) end();
  };
}

/** Calls back when the state of the connection changed. */
export function watch(watcher: () => void): () => void {
  watchers.add(watcher);
  return () => watchers.delete(watcher);
}

export function connection(): LiveState {
  return state;
}

/** The browser is signed in with another key: what was read so far is somebody else's. */
export function renew(key: string): void {
  line?.renew(key);
}

function begin(): void {
  document.addEventListener('visibilitychange', look);
  window.addEventListener('pagehide', sleep);
  window.addEventListener('pageshow', look);
  resting = document.hidden;
  // A tab that was opened behind another one shows what it asked for then, until it is looked at.
  state = resting ? { status: 'reconnecting', since: Date.now() } : { status: 'connecting' };
  if (!resting) open();
}

function end(): void {
  document.removeEventListener('visibilitychange', look);
  window.removeEventListener('pagehide', sleep);
  window.removeEventListener('pageshow', look);
  clearTimeout(rest);
  line?.close();
  line = undefined;
}

function open(): void {
  line = openLine({ deliver, changed: become, refused: ask });
}

function look(): void {
  clearTimeout(rest);
  if (document.hidden) rest = setTimeout(sleep, restAfter);
  else if (resting) {
    resting = false;
    open();
  }
}

function sleep(): void {
  clearTimeout(rest);
  if (resting) return;
  resting = true;
  line?.close();
  line = undefined;
  if (state.status === 'live') become({ status: 'reconnecting', since: Date.now() });
}

function deliver(events: readonly LiveEvent[]): void {
  for (const listener of listeners) listener(events);
}

function become(next: LiveState): void {
  // What is shown stays old until the connection is back.
  if (next.status === 'connecting' && state.status === 'reconnecting') return;
  state = next;
  for (const watcher of watchers) watcher();
}

/** A refusal does not say why: the key may have been revoked. */
function ask(): void {
  isSignedIn().then((known) => known || signedOut.tell(), () => undefined);
}
