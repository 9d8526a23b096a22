// What a program does with the client that @hey-api/openapi-ts makes.

import { asked, beginningOf, check, people } from './asked';
import * as api from './hey_api';
import { client } from './hey_api/client.gen';

async function use(): Promise<void> {
  client.setConfig({ baseUrl: asked.url, auth: asked.key, throwOnError: true });
  const options = { throwOnError: true } as const;
  const made = await api.createBatch({
    ...options,
    body: {
      name: 'made by hey-api',
      from_number: '+14155550100',
      agent_id: asked.agent,
      file: people,
      start: true,
      max_concurrent_calls: 1,
      retry: { max_retries: 2, wait_minutes: 0.5, retry_on_busy: false },
      calling_hours: { start: '00:00', end: '24:00', time_zone: 'recipient' },
    },
  });
  const { id, retry, max_concurrent_calls } = made.data;
  check(retry.max_retries === 2 && !retry.retry_on_busy && max_concurrent_calls === 1, made.data);
  const listed = await api.listBatches({ ...options, query: { q: 'hey-api', limit: 5 } });
  check(listed.data.items.some((batch) => batch.id === id), listed.data);
  const path = { id };
  check((await api.pauseBatch({ ...options, path })).data.status === 'paused', 'it is not paused');
  check((await api.resumeBatch({ ...options, path })).data.status === 'running', 'it does not run');
  const report = await api.downloadReport({ ...options, path, query: { detail: 'attempts', bom: false } });
  check(typeof report.data === 'string' && report.data.startsWith('phone_number,name,final_status'), report.data);
  const workbook = await api.downloadReportWorkbook({ ...options, path });
  check((await beginningOf(workbook.data as Blob)) === 'PK\u0003\u0004', 'no workbook');
  const sound = await api.callRecording({ ...options, path: { call_id: asked.call } });
  check((await beginningOf(sound.data as Blob)) === 'RIFF', 'no sound');
  check((await api.stopBatch({ ...options, path })).data.status === 'cancelled', 'it is not stopped');
  check((await api.showBatch({ ...options, path })).data.status === 'cancelled', 'it is not shown as stopped');
}

void use();
