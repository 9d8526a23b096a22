import { expect } from '@playwright/test';
import type { AgentWithVersion, RecipientList } from '@/kit/api';
import { fileOf, numberEnding } from './people';
import type { World } from './world';

/** A page to look at: what it is called, and where it is. */
export interface Place {
  name: string;
  path: string;
}

/** What the carrier does to these people: talk, mailbox, busy, nobody, no such number. */
const endings = [0, 1, 2, 3, 4, 5, 61, 75, 81, 95, 6, 7];

/** Fills a workspace so that every page has something to show, and answers all pages. */
export async function furnish(world: World): Promise<Place[]> {
  const { agent } = await world.lineUp({ max_calls: 6 });
  const file = `${fileOf(endings.map((ending) => numberEnding(ending)))}+1415,Too Short\nnobody,Letters\n`;
  const { id } = await world.batchOf(agent, file, { name: 'June reminders', retry: JSON.stringify({ max_retries: 1, wait_minutes: 60 }) });
  await world.batch(agent, [numberEnding(8)], { name: 'Autumn survey', start: 'false' });
  const draft = { first_message: 'Good day, {{name}}, this is the front desk.' };
  await world.api.post<AgentWithVersion>(`/v1/agents/${agent}/versions`, draft);
  await world.api.post('/v1/suppressions', { phone_number: '+12125559999', reason: 'Asked by letter' });
  const hook = await world.api.post<{ id: string }>('/v1/webhooks', { url: 'https://example.com/campanile', enabled: false });
  const person = await spokenWith(world, id);
  return pages({ batch: id, agent, hook: hook.id, ...person });
}

/** Waits until somebody was spoken with: the recipient and the call. */
async function spokenWith(world: World, batch: string): Promise<{ recipient: string; call: string }> {
  await expect
    .poll(async () => {
      const { progress } = await world.show(batch);
      return progress.in_progress === 0 && progress.pending < 3;
    }, { timeout: 60_000 })
    .toBe(true);
  const { items } = await world.api.get<RecipientList>(`/v1/batch-calls/${batch}/recipients?status=completed&limit=1`);
  const recipient = items[0]?.id ?? '';
  const calls = await world.api.get<{ items: { call_id: string }[] }>(`/v1/calls?recipient_id=${recipient}`);
  return { recipient, call: calls.items[0]?.call_id ?? '' };
}

function pages(ids: Readonly<Record<'batch' | 'agent' | 'hook' | 'recipient' | 'call', string>>): Place[] {
  const batch = `/batch-calls/${ids.batch}`;
  const agent = `/agents/${ids.agent}`;
  return Object.entries({
    batches: '/batch-calls',
    'new-batch': '/batch-calls?new=true',
    batch,
    'batch-table': `${batch}?series=table`,
    'batch-edit': `${batch}?edit`,
    rejections: `${batch}?tab=rejections`,
    'batch-settings': `${batch}?tab=settings`,
    recipient: `${batch}?recipient=${ids.recipient}`,
    calls: '/calls',
    call: `/calls/${ids.call}`,
    agents: '/agents',
    sounds: '/agents/sounds',
    agent,
    'agent-versions': `${agent}?tab=versions`,
    'agent-compare': `${agent}?tab=compare&from=1&to=2`,
    'agent-call': `${agent}?call=true`,
    numbers: '/phone-numbers',
    telephony: '/settings/telephony',
    limits: '/settings/limits',
    kyc: '/settings/kyc',
    suppressions: '/settings/suppressions',
    privacy: '/settings/privacy',
    webhooks: '/settings/webhooks',
    webhook: `/settings/webhooks/${ids.hook}`,
    keys: '/settings/api-keys',
    audit: '/settings/audit-log',
    operator: '/settings/operator',
    // A few destinations only; the page of telephony has them all.
    workspace: '/settings/operator/workspaces/workspace_1?q=switzerland',
    'audit-all': '/settings/audit-log?all=true',
    nowhere: '/no-such-page',
  }).map(([name, path]) => ({ name, path }));
}
