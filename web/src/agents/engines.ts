import type { AgentVersion } from '@/kit/api';
import { pairsOf } from './lines';

type Engine = NonNullable<AgentVersion['engine']>;
export type EngineType = Engine['type'];

export const engineTypes = ['script', 'media_stream', 'realtime', 'pipeline'] as const satisfies readonly EngineType[];

/** A field of an engine behind a server. Its name in the page's texts is the last part of its pointer. */
export interface EngineField {
  pointer: string;
  required?: true;
  /** Never shown again; left empty, the stored one stays. */
  secret?: true;
  choices?: readonly string[];
  /** A line for each name and value. */
  pairs?: true;
}

const model = (at: string): EngineField => ({ pointer: `${at}/model` });
const key = (at: string): EngineField => ({ pointer: `${at}/api_key`, secret: true });
const url = (at: string): EngineField => ({ pointer: `${at}/url`, required: true });

const speech = (at: string, where: EngineField): EngineField[] => [where, model(at), { pointer: `${at}/voice` }, key(at), { pointer: `${at}/format`, choices: ['wav', 'pcm'] }];

export const engineFields: Readonly<Record<EngineType, readonly EngineField[]>> = {
  script: speech('/engine/tts', { pointer: '/engine/tts/url' }),
  media_stream: [url('/engine'), { pointer: '/engine/auth_token', secret: true }, { pointer: '/engine/parameters', pairs: true }],
  realtime: [
    url('/engine'), { ...model('/engine'), required: true }, key('/engine'), { pointer: '/engine/voice' },
    { pointer: '/engine/audio', choices: ['pcmu', 'pcma', 'pcm24'] },
  ],
  pipeline: [
    { pointer: '/engine/stt/protocol', choices: ['openai', 'deepgram'] }, url('/engine/stt'), model('/engine/stt'), key('/engine/stt'),
    url('/engine/llm'), model('/engine/llm'), key('/engine/llm'),
    ...speech('/engine/tts', url('/engine/tts')),
  ],
};

type Table = { [name: string]: unknown };

const isTable = (value: unknown): value is Table => typeof value === 'object' && value !== null && !Array.isArray(value);

const pathOf = ({ pointer }: EngineField) => pointer.split('/').slice(2);

function written(value: unknown, { pairs }: EngineField): string {
  if (pairs && isTable(value)) return Object.entries(value).map(([name, text]) => `${name}: ${String(text)}`).join('\n');
  return typeof value === 'string' ? value : '';
}

function read(text: string, { pairs }: EngineField): unknown {
  return pairs ? pairsOf(text) : text;
}

/** What the fields of the page show of an engine, by pointer. Empty ones are left out. */
export function serverOf(engine: Engine): Record<string, string> {
  const valueAt = (field: EngineField) => pathOf(field).reduce<unknown>((value, name) => (isTable(value) ? value[name] : undefined), engine);
  const texts = engineFields[engine.type].map((field) => [field.pointer, written(valueAt(field), field)] as const);
  return Object.fromEntries(texts.filter(([, text]) => text !== ''));
}

/** The engine as it is sent: what the page has no field for stays as it was. */
export function engineOf(type: EngineType, server: Readonly<Record<string, string>>, former: { type: string }): Engine {
  const engine: Table = former.type === type ? { ...structuredClone(former) } : { type };
  for (const field of engineFields[type]) {
    const path = pathOf(field);
    const last = path.pop() ?? '';
    const table = path.reduce<Table>((at, name) => {
      const next = at[name];
      return isTable(next) ? next : ((at[name] = {}));
    }, engine);
    const text = server[field.pointer] ?? '';
    table[last] = text.trim() === '' && !field.required ? undefined : read(text, field);
  }
  return engine as unknown as Engine;
}
