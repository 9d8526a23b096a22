import type { Locator, Page } from '@playwright/test';
import type { VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { steps as words } from '@/text/en/steps';
import { expect, test } from './support/test';

test('a script gets steps: an answer is recorded and leads to a transfer', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const results = [{ name: 'suits', type: 'boolean', description: 'Whether the day suits' }];
  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hi.', engine: { type: 'script', lines: ['See you soon.'] }, results });
  await page.goto(`/agents/${agent}`);
  await page.getByLabel(agents.fields.transfer_to).fill('+14155550177');

  await page.getByRole('button', { name: words.follow }).click();
  const first = step(page, 1);
  await expect(first.getByLabel(words.text.say)).toHaveValue('See you soon.');
  await choose(first, words.type, words.types.ask);
  await first.getByLabel(words.text.ask).fill('Does {{day}} suit you? Press 1 or 2.');
  await page.getByRole('button', { name: words.add }).click();
  const second = step(page, 2);
  await choose(second, words.type, words.types.transfer);
  await second.getByLabel(words.name, { exact: true }).fill('office');
  await choose(second, words.to, '+14155550177');

  await choose(first.getByRole('group', { name: words.answer(1) }), words.record, 'suits');
  await first.getByRole('group', { name: words.answer(1) }).getByLabel(words.value).fill('yes');
  await choose(first.getByRole('group', { name: words.answer(1) }), words.goTo, words.ways.end);
  await first.getByRole('button', { name: words.addAnswer }).click();
  const no = first.getByRole('group', { name: words.answer(2) });
  await no.getByLabel(words.when, { exact: true }).fill('1');
  await choose(no, words.goTo, 'office');
  await page.getByRole('button', { name: agents.editor.save }).click();
  await expect(no.getByText(/same answer/)).toBeVisible();
  await no.getByLabel(words.when, { exact: true }).fill('2');
  await saves(page);

  const saved = await world.api.get<VersionView>(`/v1/agents/${agent}/versions/2`);
  expect(saved.engine).toMatchObject({
    type: 'script',
    steps: [
      {
        type: 'ask',
        text: 'Does {{day}} suit you? Press 1 or 2.',
        answers: [
          { when: '1', go_to: 'end', record: { name: 'suits', value: 'yes' } },
          { when: '2', go_to: 'office' },
        ],
      },
      { type: 'transfer', name: 'office', to: '+14155550177' },
    ],
  });
  await page.reload();
  await expect(step(page, 2).getByLabel(words.name, { exact: true })).toHaveValue('office');
  await step(page, 2).getByRole('button', { name: words.up(2) }).click();
  await expect(step(page, 1).getByLabel(words.name, { exact: true })).toHaveValue('office');
});

test('a server speaks a script, and its key is kept unseen', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hi.' });
  await page.goto(`/agents/${agent}`);
  const { fields } = agents.engines;
  await page.getByLabel(fields.url).fill('https://speech.example.com/v1');
  await page.getByLabel(fields.voice, { exact: true }).first().fill('coral');
  await page.getByLabel(fields.api_key).fill('sk-secret');
  await saves(page);
  await expect(page.getByLabel(fields.api_key)).toHaveAttribute('placeholder', agents.engines.stored);
  const saved = await world.api.get<VersionView>(`/v1/agents/${agent}/versions/2`);
  expect(saved.engine).toMatchObject({ type: 'script', tts: { url: 'https://speech.example.com/v1', voice: 'coral' } });
  expect(saved.secrets).toEqual(['/engine/tts/api_key']);
  expect(JSON.stringify(saved)).not.toContain('sk-secret');
});

test('functions, transfers, results and the failure message are written on the page', async ({ page, world }) => {
  const { agent } = await world.lineUp();
  const servers = { stt: { url: 'https://ears.example.com/v1' }, llm: { url: 'https://mind.example.com/v1', model: 'm' }, tts: { url: 'https://mouth.example.com/v1' } };
  await world.api.post(`/v1/agents/${agent}/versions`, { first_message: 'Hi.', engine: { type: 'pipeline', ...servers } });
  await page.goto(`/agents/${agent}`);
  await page.getByLabel(agents.fields.failure_message).fill('Sorry, something went wrong.');
  await page.getByLabel(agents.fields.transfer_to).fill('+14155550177\n+14155550178');
  await page.getByRole('switch', { name: agents.fields.interruptible }).uncheck();
  await page.getByRole('button', { name: agents.results.add }).click();
  const result = page.getByRole('group', { name: agents.results.label(1) });
  await result.getByLabel(agents.results.name).fill('day');
  await choose(result, agents.results.type, agents.results.types.choice);
  await result.getByLabel(agents.results.choices).fill('Monday\nTuesday');
  await page.getByRole('button', { name: agents.tools.add }).click();
  const tool = page.getByRole('group', { name: agents.tools.label(1) });
  await tool.getByLabel(agents.tools.name).fill('find_day');
  await tool.getByLabel(agents.tools.url).fill('https://hooks.example.com/find');
  await tool.getByLabel(agents.tools.parameters).fill('{"properties": {"week": {"type": "integer"}}}');
  await tool.getByLabel(agents.tools.headers).fill('Authorization: Bearer secret');
  await saves(page);
  const saved = await world.api.get<VersionView>(`/v1/agents/${agent}/versions/2`);
  expect(saved).toMatchObject({
    failure_message: 'Sorry, something went wrong.',
    interruptible: false,
    transfer_to: ['+14155550177', '+14155550178'],
    results: [{ name: 'day', type: 'choice', choices: ['Monday', 'Tuesday'] }],
    tools: [{ name: 'find_day', url: 'https://hooks.example.com/find', parameters: { properties: { week: { type: 'integer' } } } }],
  });
  expect(JSON.stringify(saved)).not.toContain('Bearer secret');
});

function step(page: Page, number: number): Locator {
  return page.getByRole('group', { name: words.step(number), exact: true });
}

/** Chooses an option of a list. */
async function choose(at: Locator, label: string, option: string): Promise<void> {
  await at.getByRole('combobox', { name: label, exact: true }).click();
  await at.page().getByRole('option', { name: option, exact: true }).click();
}

async function saves(page: Page): Promise<void> {
  await page.getByRole('button', { name: agents.editor.save }).click();
  await expect(page.getByText(agents.editor.saved)).toBeVisible();
}
