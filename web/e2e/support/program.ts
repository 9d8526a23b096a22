import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program under test. */
export const campanile = resolve(
  process.env.CAMPANILE_BIN ?? fileURLToPath(new URL('../../../target/debug/campanile', import.meta.url)),
);

const running = new Set<ChildProcess>();
process.once('exit', () => {
  for (const left of running) left.kill('SIGKILL');
});

/** A running campanile that is ready. */
export class Program {
  private constructor(
    private readonly process: ChildProcess,
    private readonly ended: Promise<void>,
    /** Where it says that it is ready. */
    readonly address: string,
  ) {}

  /** Starts it and waits for its first line, which ends with its address. */
  static async start(args: readonly string[], log: string): Promise<Program> {
    const child = spawn(campanile, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<void>((done) => {
      child.once('exit', () => done());
      child.once('error', () => done());
    });
    // A test run that is broken off leaves nothing behind.
    running.add(child);
    child.once('exit', () => running.delete(child));
    child.stderr.pipe(createWriteStream(log, { flags: 'a' }));
    const line = await new Promise<string>((tell, fail) => {
      createInterface(child.stdout).once('line', tell);
      child.once('error', fail);
      child.once('exit', (code) => fail(new Error(`campanile ${args.join(' ')} ended with ${code ?? 'a signal'}; see ${log}`)));
    });
    return new Program(child, ended, line.split(' ').at(-1) ?? '');
  }

  /** Sends a signal and waits until the process is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal);
    await this.ended;
  }
}
