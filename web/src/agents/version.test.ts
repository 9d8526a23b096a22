import { describe, expect, it } from 'vitest';
import type { AgentVersion, HttpTool } from '@/kit/api';
import { bodyOf, changesBetween, draftOf, emptyDraft, sameDraft } from './version';

describe('a draft', () => {
  it('is what the version says, with defaults for the rest', () => {
    const draft = draftOf({ first_message: 'Hello', engine: { type: 'script', lines: ['Well?'] } });
    expect(draft).toEqual({ ...emptyDraft, first_message: 'Hello', lines: ['Well?'] });
  });

  it('is sent as it was read', () => {
    const draft = { ...emptyDraft, first_message: 'Hello', lines: ['Well?'], variables: { day: 'soon' } };
    expect(draftOf(bodyOf(draft) as AgentVersion)).toEqual(draft);
  });

  it('has results, and choices only where there is a choice', () => {
    const results = [
      { name: 'answer', description: 'What they said', type: 'choice' as const, choices: 'yes\n no \n' },
      { name: 'guests', description: '', type: 'number' as const, choices: 'left over' },
    ];
    const body = bodyOf({ ...emptyDraft, results });
    expect(body.results).toEqual([
      { name: 'answer', description: 'What they said', type: 'choice', choices: ['yes', 'no'] },
      { name: 'guests', description: '', type: 'number' },
    ]);
    expect(draftOf(body as AgentVersion).results.map(({ choices }) => choices)).toEqual(['yes\nno', '']);
    const changes = changesBetween(emptyDraft, draftOf(body as AgentVersion));
    expect(changes).toEqual([{ kind: 'text', field: 'results', before: '', after: 'answer (yes | no) What they said\nguests (number)' }]);
  });

  it('has functions, whose stored headers stay until others are typed', () => {
    const parameters = { properties: { day: { type: 'string' } } };
    const stored = { name: 'book', description: 'Books', url: 'https://example.com/', parameters, headers: { Authorization: null }, timeout_s: 5 };
    const draft = draftOf({ tools: [stored as unknown as HttpTool] });
    expect(draft.tools[0]).toMatchObject({ stored: ['Authorization'], headers: '', timeout_s: 5 });
    expect(bodyOf(draft).tools).toEqual([{ name: 'book', description: 'Books', url: 'https://example.com/', parameters, timeout_s: 5 }]);
    const tools = draft.tools.map((tool) => ({ ...tool, headers: 'Key: a:b\n', parameters: '{', timeout_s: '' as const }));
    expect(bodyOf({ ...draft, tools }).tools).toEqual([{ name: 'book', description: 'Books', url: 'https://example.com/', parameters: '{', headers: { Key: 'a:b' } }]);
    const changes = changesBetween(draft, { ...draft, tools });
    expect(changes).toMatchObject([{ kind: 'text', field: 'tools', after: 'book · https://example.com/ · Key (new) · "{" · Books' }]);
    expect(JSON.stringify(changes)).not.toMatch('a:b');
  });

  it('transfers to the numbers of its lines', () => {
    const draft = { ...emptyDraft, transfer_to: '+14155550123\n\n +14155550124 ' };
    expect(bodyOf(draft).transfer_to).toEqual(['+14155550123', '+14155550124']);
    expect(draftOf({ transfer_to: ['+14155550123', '+14155550124'] }).transfer_to).toBe('+14155550123\n+14155550124');
  });

  it('keeps what it does not show, and sends no secret', () => {
    const version = {
      engine: { type: 'media_stream' as const, url: 'wss://bot.example/ws', auth_token: null },
      tools: [{ name: 'book', url: 'https://example.com/', headers: { Authorization: null } }],
      transfer_to: ['+14155550123'],
      interruptible: false,
    };
    expect(bodyOf(draftOf(version))).toMatchObject({
      engine: { type: 'media_stream', url: 'wss://bot.example/ws' },
      tools: [{ name: 'book', url: 'https://example.com/' }],
      transfer_to: ['+14155550123'],
      interruptible: false,
    });
    expect(JSON.stringify(bodyOf(draftOf(version)))).not.toMatch('null');
  });

  it('keeps the steps of a script', () => {
    const steps = [
      { type: 'ask' as const, name: 'q', text: 'Do you come?', answers: [{ when: '1', go_to: 'next', record: { name: 'answer', value: 'yes' } }] },
      { type: 'transfer' as const, text: '', to: '+14155550123' },
    ];
    const draft = draftOf({ engine: { type: 'script', steps, goodbye: 'Bye.' } });
    expect(bodyOf(draft).engine).toEqual({ type: 'script', lines: [], steps, goodbye: 'Bye.' });
    expect(changesBetween(emptyDraft, { ...emptyDraft, steps })).toEqual([
      { kind: 'text', field: 'steps', before: '', after: 'ask q: Do you come?\n1 → next (answer = yes)\ntransfer: \n→ +14155550123' },
    ]);
  });

  it('keeps the server that speaks a script', () => {
    const tts = { url: 'https://speech.example/v1', voice: 'coral', api_key: null };
    const body = bodyOf(draftOf({ engine: { type: 'script', tts } }));
    expect(body.engine).toMatchObject({ type: 'script', tts: { url: 'https://speech.example/v1', voice: 'coral' } });
    expect(JSON.stringify(body)).not.toMatch('null');
  });

  it('leaves an empty number to the server', () => {
    expect(bodyOf({ ...emptyDraft, ring_timeout_s: '' })).not.toHaveProperty('ring_timeout_s');
  });
});

describe('changes', () => {
  it('are none between equal versions', () => {
    expect(changesBetween(emptyDraft, { ...emptyDraft, variables: {} })).toEqual([]);
    expect(sameDraft(emptyDraft, { ...emptyDraft, lines: [] })).toBe(true);
  });

  it('are texts, settings and defaults', () => {
    const before = { ...emptyDraft, lines: ['One', 'Two'], variables: { day: 'soon', name: 'you' } };
    const after = { ...emptyDraft, lines: ['One', 'Three'], ring_timeout_s: 15, variables: { day: 'today', place: 'here' } };
    expect(changesBetween(before, after)).toEqual([
      { kind: 'text', field: 'lines', before: 'One\nTwo', after: 'One\nThree' },
      { kind: 'setting', field: 'ring_timeout_s', before: 30, after: 15 },
      { kind: 'default', name: 'day', before: 'soon', after: 'today' },
      { kind: 'default', name: 'name', before: 'you', after: undefined },
      { kind: 'default', name: 'place', before: undefined, after: 'here' },
    ]);
  });

  it('see a default that is empty', () => {
    const after = { ...emptyDraft, variables: { day: '' } };
    expect(changesBetween(emptyDraft, after)).toEqual([{ kind: 'default', name: 'day', before: undefined, after: '' }]);
  });
});
