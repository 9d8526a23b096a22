import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { agents } from '@/text/en/agents';
import { calls } from '@/text/en/calls';
import { talk } from '@/text/en/talk';
import { expect, test } from './support/test';

/** A microphone that hears a hum of one second, after two of silence, over and over. */
const microphone = join(mkdtempSync(join(tmpdir(), 'campanile-microphone-')), 'hum.wav');
writeFileSync(microphone, hum());

test.use({
  launchOptions: async ({ launchOptions }, provide) => {
    const fake = ['--use-fake-ui-for-media-stream', '--use-fake-device-for-media-stream', `--use-file-for-fake-audio-capture=${microphone}`];
    await provide({ ...launchOptions, args: [...(launchOptions.args ?? []), ...fake] });
  },
});

test('a draft is talked with through the microphone, and nobody is called', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  await world.api.post(`/v1/agents/${agent}/versions`, {
    first_message: 'Hello {{name}}, is this you?',
    engine: { type: 'script', lines: ['Thank you for the answer.'], goodbye: 'Goodbye now.' },
  });
  await page.goto(`/agents/${agent}`);
  await page.getByRole('button', { name: talk.button }).click();
  const panel = page.getByRole('dialog', { name: talk.title });
  await panel.getByLabel('name', { exact: true }).fill('Ada');
  await panel.getByRole('button', { name: talk.begin }).click();
  const transcript = panel.getByRole('region', { name: calls.call.transcript });
  await expect(transcript).toContainText('Hello Ada, is this you?');
  await panel.getByRole('group', { name: talk.keys }).getByRole('button', { name: '5' }).click();
  await expect(transcript).toContainText('digit 5');
  // The script goes on when the microphone was heard.
  await expect(transcript).toContainText('Thank you for the answer.');
  await page.screenshot({ path: 'e2e/artefacts/talk.png' });
  await expect(transcript).toContainText('Goodbye now.', { timeout: 40_000 });
  await expect(panel.getByText(calls.endReasons.agent_disconnected)).toBeVisible();
  await expect(panel.getByRole('button', { name: talk.again })).toBeVisible();
  expect((await world.carrier.records()).length).toBe(0);

  await test.step('hanging up ends it, and another talk may begin', async () => {
    await panel.getByRole('button', { name: talk.again }).click();
    await expect(panel.getByText(talk.talking)).toBeVisible();
    await panel.getByRole('button', { name: talk.hangUp }).click();
    await expect(panel.getByRole('button', { name: talk.again })).toBeVisible();
  });
});

test('the servers of a version are tried, and what is wrong is said', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  await page.goto(`/agents/${agent}`);
  await page.getByRole('button', { name: agents.engines.test.button }).click();
  await expect(page.getByText(agents.engines.test.ready('Its first words can be spoken.'))).toBeVisible();
});

/** Three seconds at 48 kHz, 16 bit: silence, then a voice-like hum. */
function hum(): Buffer {
  const rate = 48_000;
  const samples = 3 * rate;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(rate, 24);
  file.writeUInt32LE(2 * rate, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  for (let at = 2 * rate; at < samples; at += 1) {
    const voice = [1, 2, 3, 4].reduce((sum, partial) => sum + Math.sin((2 * Math.PI * 150 * partial * at) / rate) / partial, 0);
    file.writeInt16LE(Math.round(7_000 * voice * (1 + 0.5 * Math.sin((2 * Math.PI * 4 * at) / rate))), 44 + 2 * at);
  }
  return file;
}
