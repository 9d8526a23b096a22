import type { VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { calls } from '@/text/en/calls';
import { parts } from '@/text/en/parts';
import { heading } from './support/pages';
import { numberEnding } from './support/people';
import { expect, test } from './support/test';

test('an agent is written, published, tried on a phone, and changed in a new version', async ({ page, world }) => {
  await world.lineUp();
  await page.goto('/agents');
  await page.getByRole('button', { name: agents.create.button }).click();
  const create = page.getByRole('dialog', { name: agents.create.title });
  await create.getByLabel(agents.create.name).fill('Greeter');
  await create.getByLabel(agents.create.first, { exact: true }).fill('Hello {{name}}.');
  await create.getByRole('button', { name: agents.create.submit }).click();
  await expect(heading(page, 'Greeter')).toBeVisible();

  await page.getByLabel(agents.fields.first_message, { exact: true }).fill('Good day, {{name}}.');
  await page.getByRole('switch', { name: agents.editor.detection }).uncheck();
  await page.getByRole('button', { name: agents.editor.save }).click();
  await expect(page.getByText(agents.editor.saved)).toBeVisible();
  await page.getByRole('button', { name: agents.editor.publish }).click();
  await page.getByRole('dialog').getByRole('button', { name: agents.publish.confirm }).click();
  await expect(page.getByText(agents.publish.done(1))).toBeVisible();

  await test.step('call me now', async () => {
    await page.getByRole('button', { name: agents.page.call }).click();
    const panel = page.getByRole('dialog', { name: agents.test.title });
    await panel.getByLabel(agents.test.number).fill(numberEnding(7));
    await panel.getByLabel('name', { exact: true }).fill('Ada');
    await panel.getByRole('button', { name: agents.test.submit }).click();
    await expect(panel.getByText(agents.test.ended)).toBeVisible();
    await panel.getByRole('link', { name: agents.test.toCall }).click();
    await expect(page.getByRole('region', { name: calls.call.transcript })).toContainText('Good day, Ada.');
    expect((await world.carrier.records()).map(({ to }) => to)).toEqual([numberEnding(7)]);
    await page.goBack();
    await page.keyboard.press('Escape');
    await expect(panel).toBeHidden();
  });

  await page.getByRole('button', { name: agents.editor.newFrom(1) }).click();
  await page.getByLabel(agents.fields.first_message, { exact: true }).fill('Good evening, {{name}}.');
  await page.getByRole('button', { name: agents.editor.publish }).click();
  const publish = page.getByRole('dialog', { name: agents.publish.title(2) });
  await expect(publish).toContainText(agents.publish.against(1));
  await expect(publish).toContainText('evening');
  await publish.getByRole('button', { name: agents.publish.confirmSave }).click();
  await expect(page.getByText(agents.publish.done(2))).toBeVisible();
});

/** A tone of one second as a WAV file, 8 kHz, 16 bit. */
function wavFile(): Buffer {
  const samples = 8_000;
  const file = Buffer.alloc(44 + 2 * samples);
  file.write('RIFF', 0);
  file.writeUInt32LE(36 + 2 * samples, 4);
  file.write('WAVEfmt ', 8);
  file.writeUInt32LE(16, 16);
  file.writeUInt16LE(1, 20);
  file.writeUInt16LE(1, 22);
  file.writeUInt32LE(8_000, 24);
  file.writeUInt32LE(16_000, 28);
  file.writeUInt16LE(2, 32);
  file.writeUInt16LE(16, 34);
  file.write('data', 36);
  file.writeUInt32LE(2 * samples, 40);
  for (let at = 0; at < samples; at += 1) file.writeInt16LE(Math.round(9_000 * Math.sin((at * 2 * Math.PI * 440) / 8_000)), 44 + 2 * at);
  return file;
}

test('a voice is chosen from a list and heard, and so is a draft with sample values', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hallo {{name}}, hier spricht die Zahnarztpraxis am Markt.' });
  await page.goto(`/agents/${agent}`);

  const language = page.getByRole('combobox', { name: agents.fields.language, exact: true });
  await language.fill('german');
  await page.getByRole('option', { name: 'German · de' }).click();
  const voice = page.getByRole('combobox', { name: agents.fields.voice, exact: true });
  await voice.fill('f3');
  await page.getByRole('option', { name: /f3$/ }).first().click();

  const preview = page.waitForResponse((answer) => answer.url().includes('/v1/voices/preview.wav'));
  await page.getByRole('button', { name: agents.voices.hear }).click();
  const heard = await preview;
  expect(heard.status()).toBe(200);
  expect(heard.headers()['content-type']).toBe('audio/wav');
  const query = new URL(heard.url()).searchParams;
  expect([query.get('language'), query.get('voice'), query.get('text')]).toEqual(['de', 'de+f3', 'Hallo name, hier spricht die Zahnarztpraxis am Markt.']);
  await expect(page.locator('[data-state="playing"]')).toHaveCount(1);
  await expect(page.locator('[data-state="playing"]')).toHaveCount(0);

  await page.getByLabel(agents.preview.sample('name')).fill('Ada Lovelace');
  const draft = page.waitForResponse((answer) => answer.url().includes('/v1/voices/preview.wav'));
  await page.getByRole('button', { name: agents.hear.it, exact: true }).click();
  expect(new URL((await draft).url()).searchParams.get('text')).toBe('Hallo Ada Lovelace, hier spricht die Zahnarztpraxis am Markt.');
  await page.getByRole('button', { name: agents.hear.stop }).click();
  await expect(page.locator('[data-state="playing"]')).toHaveCount(0);

  await page.getByRole('button', { name: agents.editor.save }).click();
  await expect(page.getByText(agents.editor.saved)).toBeVisible();
  const saved = await world.api.get<VersionView>(`/v1/agents/${agent}/versions/2`);
  expect([saved.language, saved.voice]).toEqual(['de', 'de+f3']);
});

test('a sound is uploaded, chosen, played on the telephone, and stays while it is used', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hi.', voicemail_detection: false });
  await page.goto(`/agents/${agent}`);

  await page.getByRole('button', { name: agents.sounds.choose.button }).first().click();
  await page.getByRole('menuitem', { name: agents.sounds.upload.button }).click();
  const upload = page.getByRole('dialog', { name: agents.sounds.upload.title });
  await upload.locator('input[type="file"]').setInputFiles({ name: 'welcome.wav', mimeType: 'audio/wav', buffer: Buffer.from('no sound') });
  await expect(upload.getByText(/no WAV file/)).toBeVisible();
  await upload.locator('input[type="file"]').setInputFiles({ name: 'welcome.wav', mimeType: 'audio/wav', buffer: wavFile() });
  await expect(page.getByText(agents.sounds.upload.done('welcome.wav'))).toBeVisible();
  await expect(upload).toBeHidden();
  await expect(page.getByLabel(agents.fields.first_message, { exact: true })).toHaveValue('welcome.wav');
  await page.getByRole('button', { name: agents.editor.save }).click();
  await expect(page.getByText(agents.editor.saved)).toBeVisible();

  await test.step('a draft is called', async () => {
    await page.getByRole('button', { name: agents.page.call }).click();
    const panel = page.getByRole('dialog', { name: agents.test.title });
    await expect(panel.getByText(agents.test.draft)).toBeVisible();
    await panel.getByLabel(agents.test.number).fill(numberEnding(7));
    await panel.getByRole('button', { name: agents.test.submit }).click();
    await expect(panel.getByText(agents.test.ended)).toBeVisible();
    await panel.getByRole('link', { name: agents.test.toCall }).click();
    await expect(page.getByRole('region', { name: calls.call.transcript })).toContainText('welcome.wav');
    expect((await world.carrier.records()).map(({ to }) => to)).toEqual([numberEnding(7)]);
  });

  await page.goto('/agents');
  await page.getByRole('link', { name: agents.sounds.link }).click();
  await expect(heading(page, agents.sounds.title)).toBeVisible();
  const row = page.getByRole('row', { name: /welcome\.wav/ });
  await expect(row).toContainText(agents.sounds.use('Reminder', 2, true));
  const played = page.waitForResponse((answer) => answer.url().endsWith('/sound.wav'));
  await row.getByRole('button', { name: agents.sounds.play('welcome.wav') }).click();
  expect((await played).status()).toBe(200);
  await expect(page.locator('[data-state="playing"]')).toHaveCount(1);
  await row.getByRole('button', { name: parts.rowMenu('welcome.wav') }).click();
  await page.getByRole('menuitem', { name: agents.sounds.remove }).click();
  const remove = page.getByRole('dialog', { name: agents.sounds.removeTitle('welcome.wav') });
  await remove.getByRole('button', { name: agents.sounds.remove }).click();
  await expect(remove.getByText(/"Reminder" version 2 \(a draft\)/)).toBeVisible();
  await page.keyboard.press('Escape');

  await world.api.put(`/v1/agents/${agent}/versions/2`, { first_message: 'Hi.' });
  await page.reload();
  await row.getByRole('button', { name: parts.rowMenu('welcome.wav') }).click();
  await page.getByRole('menuitem', { name: agents.sounds.remove }).click();
  await remove.getByRole('button', { name: agents.sounds.remove }).click();
  await expect(page.getByText(agents.sounds.removed('welcome.wav'))).toBeVisible();
  await expect(page.getByText(agents.sounds.empty)).toBeVisible();
});

test('a prompt is shown only where there is one, and near placeholders are warned of', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  await page.goto(`/agents/${agent}`);
  await expect(page.getByLabel(agents.fields.first_message, { exact: true })).toBeVisible();
  await expect(page.getByText(agents.editor.promptHelp)).toHaveCount(0);

  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hi.', prompt: 'Be kind.' });
  await page.reload();
  await expect(page.getByRole('textbox', { name: agents.fields.prompt, exact: true })).toHaveValue('Be kind.');

  const warning = page.getByRole('status').filter({ hasText: agents.near.title });
  await expect(warning).toHaveCount(0);
  await page.getByLabel(agents.fields.first_message, { exact: true }).fill('Hello {customer_name}, {{day are you there?');
  await expect(warning).toContainText(agents.near.one('{customer_name}', '{{customer_name}}'));
  await expect(warning).toContainText(agents.near.one('{{day', '{{day}}'));
  await expect(page.getByRole('button', { name: agents.page.call })).toHaveAttribute('aria-disabled', 'true');
  await page.getByRole('button', { name: agents.editor.publish }).click();
  await expect(page.getByRole('dialog', { name: agents.publish.title(2) })).toContainText(agents.near.title);
});
