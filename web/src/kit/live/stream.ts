import { coalesce } from './coalesce';
import { eventNames, readEvent, type LiveEvent } from './events';

export type LiveState =
  | { status: 'connecting' | 'live' | 'ended' }
  /** What is shown is as old as `since`, in milliseconds of the clock. */
  | { status: 'reconnecting'; since: number };

const refreshEvery = 200;
const retryAfter = [1_000, 2_000, 5_000, 10_000] as const;

/** One connection to a stream of events, kept alive until it is closed. */
export class LiveStream {
  state: LiveState = { status: 'connecting' };
  private source: EventSource | undefined;
  private retry: ReturnType<typeof setTimeout> | undefined;
  private failures = 0;
  private lastId = '';
  private readonly events: { add: (event: LiveEvent) => void; cancel: () => void };

  constructor(
    private readonly path: string,
    deliver: (events: readonly LiveEvent[]) => void,
    private readonly changed: () => void,
  ) {
    this.events = coalesce(refreshEvery, deliver);
    this.open();
  }

  close(): void {
    clearTimeout(this.retry);
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
    for (const name of eventNames) source.addEventListener(name, (message: MessageEvent<string>) => this.hear(name, message));
  }

  private hear(name: LiveEvent['kind'], message: MessageEvent<string>): void {
    if (message.lastEventId) this.lastId = message.lastEventId;
    this.events.add(readEvent(name, message.data));
    if (name !== 'end') return;
    this.source?.close();
    this.become({ status: 'ended' });
  }

  private lost(source: EventSource): void {
    if (this.state.status !== 'reconnecting') this.become({ status: 'reconnecting', since: Date.now() });
    // A cut connection is opened again by the browser; a refused one is not.
    if (source.readyState !== EventSource.CLOSED) return;
    const wait = retryAfter[Math.min(this.failures, retryAfter.length - 1)];
    this.failures += 1;
    this.retry = setTimeout(() => this.open(), wait);
  }

  private become(state: LiveState): void {
    this.state = state;
    this.changed();
  }
}
