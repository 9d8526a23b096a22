import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { campanile, Program } from './program';

/** `campanile serve` in a folder; it can be killed and started again on the same port. */
export class Server {
  private constructor(
    private program: Program,
    private readonly folder: string,
  ) {}

  static async start(folder: string): Promise<Server> {
    const config = 'sip_listen = "127.0.0.1:0"\nrecord_calls = true\n';
    await writeFile(join(folder, 'serve.toml'), config);
    return new Server(await serve(folder, '127.0.0.1:0'), folder);
  }

  get url(): string {
    return this.program.address;
  }

  get port(): number {
    return Number(new URL(this.url).port);
  }

  /** A new API key. */
  async key(scope: 'read' | 'operate' | 'admin' | 'operator'): Promise<string> {
    const args = ['key', 'create', '--data', join(this.folder, 'data'), '--scope', scope];
    const { stdout } = await promisify(execFile)(campanile, args);
    return stdout.trim();
  }

  /** As a crash or a loss of power would end it. */
  async kill(): Promise<void> {
    await this.program.end('SIGKILL');
  }

  async startAgain(): Promise<void> {
    this.program = await serve(this.folder, new URL(this.url).host);
  }
}

function serve(folder: string, listen: string): Promise<Program> {
  const args = ['serve', '--data', join(folder, 'data'), '--listen', listen, '--config', join(folder, 'serve.toml')];
  return Program.start(args, join(folder, 'server.log'));
}
