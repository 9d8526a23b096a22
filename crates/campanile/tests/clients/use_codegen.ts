// What a program does with the client that openapi-typescript-codegen makes.

import { asked, check, people } from './asked';
import { ApiError, BatchCallsService as batches, OpenAPI } from './codegen';

async function use(): Promise<void> {
  OpenAPI.BASE = asked.url;
  OpenAPI.TOKEN = asked.key;
  const made = await batches.createBatch({
    name: 'made by codegen',
    from_number: '+14155550100',
    agent_id: asked.agent,
    file: people,
    start: true,
    max_concurrent_calls: 1,
    retry: { max_retries: 2, wait_minutes: 0.5, retry_on_busy: false },
    calling_hours: { start: '00:00', end: '24:00', time_zone: 'recipient' },
  });
  const { id, retry, max_concurrent_calls } = made;
  check(retry.max_retries === 2 && !retry.retry_on_busy && max_concurrent_calls === 1, made);
  const listed = await batches.listBatches(undefined, 'codegen');
  check(listed.items.some((batch) => batch.id === id), listed);
  check((await batches.pauseBatch(id)).status === 'paused', 'it is not paused');
  check((await batches.resumeBatch(id)).status === 'running', 'it does not run');
  const report = await batches.downloadReport(id, 'attempts');
  check(typeof report === 'string' && report.startsWith('phone_number,name,final_status'), report);
  check((await batches.stopBatch(id)).status === 'cancelled', 'it is not stopped');
  const refused = await batches.resumeBatch(id).catch((error: unknown) => error);
  check(refused instanceof ApiError && refused.status === 409, 'a stopped batch was resumed');
}

void use();
