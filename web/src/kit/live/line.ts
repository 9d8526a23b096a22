import type { Asked, Told } from './share';
import { LiveStream, type Hearers } from './stream';

/** This tab's way to the events of the workspace. */
export interface Line {
  /** The browser is signed in with that key now. */
  renew: (key: string) => void;
  close: () => void;
}

const path = '/v1/events';
/** Once per page: a worker is reached by one port. */
let worker: SharedWorker | null | undefined;

/** The worker that all tabs share; null where there is none, or where its script did not come. */
function sharedWorker(): SharedWorker | null {
  if (worker === undefined) {
    worker = 'SharedWorker' in globalThis ? new SharedWorker(new URL('./worker.ts', import.meta.url), { type: 'module', name: 'campanile-events' }) : null;
    worker?.port.start();
  }
  return worker;
}

/** Opens the line: to the stream that the tabs share, or to one of its own where they cannot. */
export function openLine(hearers: Hearers): Line {
  const shared = sharedWorker();
  return shared ? new SharedLine(shared, hearers) : ownLine(hearers);
}

function ownLine(hearers: Hearers): Line {
  let stream = new LiveStream(path, hearers);
  return {
    renew: () => {
      stream.close();
      stream = new LiveStream(path, hearers);
    },
    close: () => stream.close(),
  };
}

class SharedLine implements Line {
  /** In the worker's place when its script does not come. */
  private own: Line | undefined;

  constructor(
    private readonly shared: SharedWorker,
    private readonly hearers: Hearers,
  ) {
    shared.port.addEventListener('message', this.hear);
    shared.addEventListener('error', this.fail);
    this.ask({ ask: 'join' });
  }

  renew(key: string): void {
    this.ask({ ask: 'renew', key });
    this.own?.renew(key);
  }

  close(): void {
    this.ask({ ask: 'leave' });
    this.shared.port.removeEventListener('message', this.hear);
    this.shared.removeEventListener('error', this.fail);
    this.own?.close();
  }

  private ask(asked: Asked): void {
    this.shared.port.postMessage(asked);
  }

  private readonly hear = ({ data: told }: MessageEvent<Told>): void => {
    if ('events' in told) this.hearers.deliver(told.events);
    else if ('state' in told) this.hearers.changed(told.state);
    else this.hearers.refused();
  };

  private readonly fail = (): void => {
    worker = null;
    this.own ??= ownLine(this.hearers);
  };
}
