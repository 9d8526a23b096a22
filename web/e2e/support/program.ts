import { spawn, type ChildProcess } from 'node:child_process';
import { createWriteStream } from 'node:fs';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

/** The program under test. */
export const campanile = resolve(
  process.env.CAMPANILE_BIN ?? fileURLToPath(new URL('../../../target/debug/campanile', import.meta.url)),
);

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
    const process = spawn(campanile, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const ended = new Promise<void>((done) => {
      process.once('exit', () => done());
      process.once('error', () => done());
    });
    process.stderr.pipe(createWriteStream(log, { flags: 'a' }));
    const line = await new Promise<string>((tell, fail) => {
      createInterface(process.stdout).once('line', tell);
      process.once('error', fail);
      process.once('exit', (code) => fail(new Error(`campanile ${args.join(' ')} ended with ${code ?? 'a signal'}; see ${log}`)));
    });
    return new Program(process, ended, line.split(' ').at(-1) ?? '');
  }

  /** Sends a signal and waits until the process is gone. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.process.kill(signal);
    await this.ended;
  }
}
