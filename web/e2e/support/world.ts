import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { AgentWithVersion, BatchView, TrunkView } from '@/kit/api';
import { Api } from './api';
import { Cable } from './cable';
import { Carrier } from './carrier';
import { fileOf } from './people';
import { Server } from './server';

/** The caller ID of every test. */
export const caller = '+14155550100';

/** A carrier, a server and the cable to it, and one of everything that a batch needs. */
export class World {
  private constructor(
    readonly folder: string,
    readonly carrier: Carrier,
    readonly server: Server,
    readonly cable: Cable,
    /** An operator's key: it may do everything. */
    readonly key: string,
    readonly api: Api,
  ) {}

  static async begin(timeScale: number): Promise<World> {
    const folder = await mkdtemp(join(tmpdir(), 'campanile-e2e-'));
    const [carrier, server] = await Promise.all([Carrier.start(folder, timeScale), Server.start(folder)]);
    const cable = await Cable.to(server.port);
    const key = await server.key('operator');
    return new World(folder, carrier, server, cable, key, new Api(server.url, key));
  }

  /** Stops everything; what was written stays for a look when the test failed. */
  async end(failed: boolean): Promise<void> {
    await this.cable.remove();
    await this.server.kill();
    await this.carrier.end();
    if (!failed) await rm(this.folder, { recursive: true });
  }

  /** Where the browser finds the dashboard. */
  get url(): string {
    return this.cable.url;
  }

  /** A trunk to the carrier, a number on it and a published agent. */
  async lineUp(pace: { max_calls?: number; max_cps?: number } = {}): Promise<{ agent: string }> {
    const carrier = { name: 'Carrier', host: '127.0.0.1', port: this.carrier.port, max_calls: 4, max_cps: 20 };
    const trunk = await this.api.post<TrunkView>('/v1/trunks', { ...carrier, ...pace });
    await this.api.post('/v1/phone-numbers', { phone_number: caller, label: 'Front desk', trunk_id: trunk.id });
    const agent = await this.api.post<AgentWithVersion>('/v1/agents', {
      name: 'Reminder',
      first_message: 'Hi {{name}}.',
      ring_timeout_s: 2,
      // It would take longer than people of quick carriers stay.
      voicemail_detection: false,
      engine: { type: 'script', lines: [], goodbye: 'Bye.' },
    });
    await this.api.post(`/v1/agents/${agent.id}/versions/1/publish`);
    return { agent: agent.id };
  }

  /** A batch that calls these numbers; `fields` are those of the form. */
  async batch(agent: string, numbers: readonly string[], fields: Readonly<Record<string, string>> = {}): Promise<BatchView> {
    return this.batchOf(agent, fileOf(numbers), fields);
  }

  async batchOf(agent: string, file: string, fields: Readonly<Record<string, string>> = {}): Promise<BatchView> {
    const form = { name: 'Reminders', from_number: caller, agent_id: agent, ...fields };
    return this.api.upload<BatchView>('/v1/batch-calls', form, file);
  }

  show(batch: string): Promise<BatchView> {
    return this.api.get<BatchView>(`/v1/batch-calls/${batch}`);
  }
}

