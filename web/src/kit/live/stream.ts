import { coalesce } from './coalesce';
import { eventNames, readEvent, type LiveEvent } from './events';

export type LiveState =
  | { status: 'connecting' | 'live' }
  /** What is shown is as old as `since`, in milliseconds of the clock. */
  | { status: 'reconnecting'; since: number };

/** What a stream tells whoever opened it. */
export interface Hearers {
  deliver: (events: readonly LiveEvent[]) => void;
  /** The state of the connection changed. */
  changed: (state: LiveState) => void;
  /** The server refused the connection. It is tried again nevertheless. */
  refused: () => void;
}

/** Milliseconds between two bundles of events. */
export const bundleEvery = 150;
const retryAfter = [1_000, 2_000, 5_000, 10_000] as const;

/** A connection to the events of the workspace that is kept alive until it is closed. */
export class LiveStream {
  state: LiveState = { status: 'connecting' };
  private source: EventSource | undefined;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private lastId = '';
  private readonly events: { add: (event: LiveEvent, due?: boolean) => void; cancel: () => void };

  constructor(
    private readonly path: string,
    private readonly hearers: Hearers,
  ) {
    this.events = coalesce(bundleEvery, hearers.deliver);
    this.open();
  }

  close(): void {
    clearTimeout(this.timer);
    this.source?.close();
    this.events.cancel();
  }

  private open(): void {
    const source = new EventSource(this.lastId ? `${this.path}?last_event_id=${this.lastId}` : this.path);
    this.source = source;
    source.onopen = () => {
      this.failures = 0;
      this.become({ status: 'live' });
    };
    source.onerror = () => this.lost(source);
    for (const name of eventNames) {
      source.addEventListener(name, (message: MessageEvent<string>) => {
        if (message.lastEventId) this.lastId = message.lastEventId;
        // The server gathers counts itself, so they need not wait here once more.
        this.events.add(readEvent(name, message.data), name === 'progress');
      });
    }
  }

  private lost(source: EventSource): void {
    if (this.state.status !== 'reconnecting') this.become({ status: 'reconnecting', since: Date.now() });
    // A cut connection is opened again by the browser; a refused one is not.
    if (source.readyState !== EventSource.CLOSED) return;
    const wait = retryAfter[Math.min(this.failures, retryAfter.length - 1)];
    this.failures += 1;
    this.timer = setTimeout(() => this.open(), wait);
    this.hearers.refused();
  }

  private become(state: LiveState): void {
    this.state = state;
    this.hearers.changed(state);
  }
}
