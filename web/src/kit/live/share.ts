import type { LiveEvent } from './events';
import { LiveStream, type LiveState } from './stream';

/** What a tab asks of the shared stream. */
export type Asked =
  | { ask: 'join' | 'leave' }
  /** The browser is signed in with another key: what is read now is somebody else's. */
  | { ask: 'renew'; key: string };

/** What the shared stream tells its tabs. */
export type Told = { events: readonly LiveEvent[] } | { state: LiveState } | { refused: true };

type Port = Pick<MessagePort, 'postMessage'>;

/** For a tab that joins a stream which is open already: what it asked for before may be old. */
const somethingMissed: LiveEvent = { kind: 'snapshot', missed: true, batches: [] };

/** One stream for all tabs of a browser, open as long as any of them has joined. */
export class Share {
  private readonly joined = new Set<Port>();
  private stream: LiveStream | undefined;
  private key = '';

  constructor(private readonly path: string) {}

  hear(port: Port, asked: Asked): void {
    switch (asked.ask) {
      case 'join':
        this.joined.add(port);
        if (this.stream) greet(port, this.stream.state);
        else this.stream = this.open();
        break;
      case 'leave':
        this.joined.delete(port);
        if (this.joined.size === 0) this.close();
        break;
      case 'renew':
        // Each tab says so; the first one is enough.
        if (asked.key === this.key) break;
        this.key = asked.key;
        if (!this.stream) break;
        this.close();
        this.stream = this.open();
    }
  }

  private open(): LiveStream {
    return new LiveStream(this.path, {
      deliver: (events) => this.tell({ events }),
      changed: (state) => this.tell({ state }),
      refused: () => this.tell({ refused: true }),
    });
  }

  private close(): void {
    this.stream?.close();
    this.stream = undefined;
  }

  private tell(told: Told): void {
    for (const port of this.joined) port.postMessage(told);
  }
}

function greet(port: Port, state: LiveState): void {
  if (state.status === 'connecting') return;
  port.postMessage({ state } satisfies Told);
  if (state.status === 'live') port.postMessage({ events: [somethingMissed] } satisfies Told);
}
