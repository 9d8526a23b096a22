import { expect, it } from 'vitest';
import { bodyOf, draftOf } from './version';

const bot = { type: 'media_stream', url: 'wss://bot.example/ws', parameters: { about: 'the {{topic}}', at: 'a: b' } } as const;

it('an engine behind a server is sent as it was read, without its secrets', () => {
  const stored = { engine: { ...bot, auth_token: null }, interruptible: false, tools: [{ name: 'look', url: 'https://a.example' }] };
  const body = JSON.parse(JSON.stringify(bodyOf(draftOf(stored)))) as unknown;
  expect(body).toMatchObject({ engine: bot, interruptible: false, tools: [{ name: 'look', url: 'https://a.example' }] });
  expect(body).not.toHaveProperty('engine.auth_token');
});

it('what the page has no field for stays', () => {
  const engine = { type: 'realtime', url: 'wss://a.example', model: 'm', extra_session: { a: 1 } } as const;
  const draft = draftOf({ engine: engine as never });
  draft.server['/engine/voice'] = 'marin';
  expect(bodyOf(draft).engine).toMatchObject({ ...engine, voice: 'marin' });
});

it('another engine begins with nothing of the former', () => {
  const draft = { ...draftOf({ engine: bot }), engine: 'pipeline', server: { '/engine/llm/url': 'http://a' } } as const;
  expect(JSON.parse(JSON.stringify(bodyOf(draft).engine))).toEqual({
    type: 'pipeline', stt: { url: '' }, llm: { url: 'http://a' }, tts: { url: '' },
  });
});
