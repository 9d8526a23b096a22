import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Program } from './program';

/** A call, as the carrier saw it: the truth that the page is compared with. */
export interface CallRecord {
  /** Seconds since the epoch. */
  invited: number;
  to: string;
  final: string;
  /** When it was over, in the same seconds. */
  ended: number;
}

/** The sandbox carrier. The last two digits of a number decide what happens (docs/sandbox.md). */
export class Carrier {
  private constructor(
    private readonly program: Program,
    private readonly cdr: string,
  ) {}

  static async start(folder: string, timeScale: number): Promise<Carrier> {
    const cdr = join(folder, 'cdr.csv');
    const args = ['sandbox', '--listen', '127.0.0.1:0', '--cdr', cdr, '--time-scale', String(timeScale)];
    return new Carrier(await Program.start(args, join(folder, 'carrier.log')), cdr);
  }

  get port(): number {
    return Number(this.program.address.split(':').at(-1));
  }

  /** The calls that are over, in the order of their INVITEs. */
  async records(): Promise<CallRecord[]> {
    const [, ...rows] = (await readFile(this.cdr, 'utf8').catch(() => '')).trim().split('\n');
    return rows
      .map((row) => {
        const [invited, , , to = '', final = '', , ended] = row.split(',');
        return { invited: Number(invited), to, final, ended: Number(ended) };
      })
      .sort((one, other) => one.invited - other.invited);
  }

  async end(): Promise<void> {
    await this.program.end('SIGTERM');
  }
}
