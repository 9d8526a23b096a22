import type { AgentVersion, paths, ResultKind, VersionView } from '@/kit/api';
import { engineOf, serverOf, type EngineType } from './engines';
import { linesOf } from './lines';
import { bodyOfSteps, stepTexts, stepsAsText, type Step } from './steps/steps';
import { bodyOfTool, draftOfTool, toolLines, type DraftTool } from './tools';

/** A result as it is edited: its choices are a text with one on each line. */
export interface DraftResult {
  name: string;
  description: string;
  type: ResultKind;
  choices: string;
}

type VersionBody = paths['/v1/agents/{id}/versions/{n}']['put']['requestBody']['content']['application/json'];

/** What the editor does not show; it is sent as it came. The server keeps secrets that are not sent. */
type Kept = Pick<VersionBody, 'engine'>;

function keptOf({ engine }: AgentVersion): Kept {
  return { ...(engine && (engine.type !== 'script' || engine.tts) && { engine: withoutNulls(engine) }) };
}

/** Secrets are null, at any depth. */
function withoutNulls<T>(value: T): T {
  return JSON.parse(JSON.stringify(value, (_, part: unknown) => part ?? undefined)) as T;
}

/** What a version says, with every field there. */
export interface Draft {
  kept: Kept;
  prompt: string;
  first_message: string;
  lines: string[];
  /** What a script says and asks instead of lines. */
  steps: Step[];
  goodbye: string;
  voicemail: 'hang_up' | 'leave_message';
  voicemail_message: string;
  voicemail_detection: boolean;
  variables: Record<string, string>;
  results: DraftResult[];
  tools: DraftTool[];
  /** A number on each line. */
  transfer_to: string;
  interruptible: boolean;
  failure_message: string;
  language: string;
  voice: string;
  ring_timeout_s: number | '';
  max_duration_s: number | '';
  silence_timeout_s: number | '';
  engine: EngineType;
  /** The fields of an engine behind a server, by pointer. */
  server: Record<string, string>;
}

/** As it is when nothing else is said; the server fills in the same (docs/agents.md). */
export const emptyDraft: Draft = {
  kept: {},
  prompt: '',
  first_message: '',
  lines: [],
  steps: [],
  goodbye: 'Goodbye.',
  voicemail: 'hang_up',
  voicemail_message: '',
  voicemail_detection: true,
  variables: {},
  results: [],
  tools: [],
  transfer_to: '',
  interruptible: true,
  failure_message: '',
  language: 'en-US',
  voice: '',
  ring_timeout_s: 30,
  max_duration_s: 600,
  silence_timeout_s: 20,
  engine: 'script',
  server: {},
};

const script: NonNullable<AgentVersion['engine']> = { type: 'script' };

export function draftOf(version: VersionView | AgentVersion): Draft {
  const engine = version.engine ?? script;
  const { lines, steps, goodbye } = engine.type === 'script' ? engine : { lines: [], steps: [], goodbye: '' };
  return {
    kept: keptOf(version),
    prompt: version.prompt ?? emptyDraft.prompt,
    first_message: version.first_message ?? emptyDraft.first_message,
    lines: lines ?? emptyDraft.lines,
    steps: steps ?? emptyDraft.steps,
    goodbye: goodbye ?? emptyDraft.goodbye,
    engine: engine.type,
    server: serverOf(engine),
    voicemail: version.voicemail ?? emptyDraft.voicemail,
    voicemail_message: version.voicemail_message ?? emptyDraft.voicemail_message,
    voicemail_detection: version.voicemail_detection ?? emptyDraft.voicemail_detection,
    variables: version.variables ?? emptyDraft.variables,
    results: (version.results ?? []).map(({ name, description = '', type = 'text', choices = [] }) => ({ name, description, type, choices: choices.join('\n') })),
    tools: (version.tools ?? []).map(draftOfTool),
    transfer_to: (version.transfer_to ?? []).join('\n'),
    interruptible: version.interruptible ?? emptyDraft.interruptible,
    failure_message: version.failure_message ?? emptyDraft.failure_message,
    language: version.language ?? emptyDraft.language,
    voice: version.voice ?? emptyDraft.voice,
    ring_timeout_s: version.ring_timeout_s ?? emptyDraft.ring_timeout_s,
    max_duration_s: version.max_duration_s ?? emptyDraft.max_duration_s,
    silence_timeout_s: version.silence_timeout_s ?? emptyDraft.silence_timeout_s,
  };
}

/** What is sent. An empty number is left out, so that the server's own default holds. */
export function bodyOf({ kept, lines, steps, goodbye, engine, server, results, tools, transfer_to, ring_timeout_s, max_duration_s, silence_timeout_s, ...rest }: Draft): VersionBody {
  return {
    ...rest,
    ...kept,
    results: results.map(({ choices, ...result }) => ({ ...result, ...(result.type === 'choice' ? { choices: linesOf(choices) } : {}) })),
    tools: tools.map(bodyOfTool),
    transfer_to: linesOf(transfer_to),
    engine: engine === 'script' ? { ...ttsOf(server, kept), type: 'script', lines, goodbye, ...(steps.length > 0 && { steps: bodyOfSteps(steps) }) } : engineOf(engine, server, kept.engine ?? script),
    ...(ring_timeout_s === '' ? {} : { ring_timeout_s }),
    ...(max_duration_s === '' ? {} : { max_duration_s }),
    ...(silence_timeout_s === '' ? {} : { silence_timeout_s }),
  };
}

/** The server that speaks a script: none when nothing is written of it. */
function ttsOf(server: Draft['server'], kept: Kept) {
  const engine = Object.values(server).some((text) => text.trim() !== '') ? engineOf('script', server, kept.engine ?? script) : script;
  return engine.type === 'script' && engine.tts ? { tts: engine.tts } : {};
}

/** Results as a text, one on each line. */
function resultLines(results: readonly DraftResult[]): string {
  const kind = ({ type, choices }: DraftResult) => (type === 'choice' ? linesOf(choices).join(' | ') : type);
  return results.map((result) => `${result.name} (${kind(result)}) ${result.description}`.trim()).join('\n');
}

/** Every text that is said or followed, in the order of the server. */
export function textsOf(draft: Draft): string[] {
  return [draft.prompt, draft.first_message, draft.voicemail_message, draft.failure_message, ...draft.lines, ...stepTexts(draft.steps), draft.goodbye, draft.server['/engine/parameters'] ?? ''];
}

export function sameDraft(one: Draft, other: Draft): boolean {
  return changesBetween(one, other).length === 0;
}

export type TextField = 'prompt' | 'first_message' | 'lines' | 'steps' | 'goodbye' | 'voicemail_message' | 'failure_message' | 'results' | 'tools' | 'transfer_to';
export type SettingField = Exclude<keyof Draft, TextField | 'variables' | 'server' | 'kept'>;

/** A field in which two versions differ. */
export type Change =
  | { kind: 'text'; field: TextField; before: string; after: string }
  | { kind: 'setting'; field: SettingField; before: string | number | boolean; after: string | number | boolean }
  /** The default of a placeholder; undefined where there is none. */
  | { kind: 'default'; name: string; before: string | undefined; after: string | undefined }
  /** A field of an engine behind a server. */
  | { kind: 'server'; name: string; before: string | undefined; after: string | undefined };

const textFields = ['first_message', 'lines', 'steps', 'goodbye', 'voicemail_message', 'failure_message', 'results', 'tools', 'transfer_to', 'prompt'] as const satisfies readonly TextField[];
const settingFields = [
  'engine', 'voicemail', 'voicemail_detection', 'interruptible', 'language', 'voice', 'ring_timeout_s', 'max_duration_s', 'silence_timeout_s',
] as const satisfies readonly SettingField[];

export function changesBetween(before: Draft, after: Draft): Change[] {
  const text = (draft: Draft, field: TextField) => {
    if (field === 'results') return resultLines(draft.results);
    if (field === 'steps') return stepsAsText(draft.steps);
    if (field === 'tools') return toolLines(draft.tools);
    return field === 'lines' ? draft.lines.join('\n') : draft[field];
  };
  const texts = textFields.map((field): Change => ({ kind: 'text', field, before: text(before, field), after: text(after, field) }));
  const settings = settingFields.map((field): Change => ({ kind: 'setting', field, before: before[field], after: after[field] }));
  const names = new Set([...Object.keys(before.variables), ...Object.keys(after.variables)]);
  const defaults = [...names].sort().map((name): Change => ({ kind: 'default', name, before: before.variables[name], after: after.variables[name] }));
  const pointers = new Set([...Object.keys(before.server), ...Object.keys(after.server)]);
  const servers = [...pointers].map((name): Change => ({ kind: 'server', name, before: before.server[name] || undefined, after: after.server[name] || undefined }));
  return [...texts, ...settings, ...servers, ...defaults].filter((change) => change.before !== change.after);
}
