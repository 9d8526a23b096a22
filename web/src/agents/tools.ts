import type { HttpTool, paths } from '@/kit/api';
import { pairsOf } from './lines';

/** A function of the user's own, as it is edited. */
export interface DraftTool {
  name: string;
  description: string;
  url: string;
  timeout_s: number | '';
  /** JSON, as it is typed. */
  parameters: string;
  /** New headers, one on each line. Empty: the stored ones stay. */
  headers: string;
  /** The names of the headers that are stored; their values are never shown. */
  stored: readonly string[];
}

type ToolBody = NonNullable<paths['/v1/agents/{id}/versions/{n}']['put']['requestBody']['content']['application/json']['tools']>[number];

export const newTool: DraftTool = { name: '', description: '', url: '', timeout_s: '', parameters: '', headers: '', stored: [] };

export function draftOfTool({ name, description = '', url, timeout_s, parameters = {}, headers = {} }: HttpTool): DraftTool {
  const written = Object.keys(parameters).length === 0 ? '' : JSON.stringify(parameters, null, 2);
  return { name, description, url, timeout_s: timeout_s ?? '', parameters: written, headers: '', stored: Object.keys(headers).sort() };
}

export function bodyOfTool({ name, description, url, timeout_s, parameters, headers }: DraftTool): ToolBody {
  return {
    name,
    description,
    url,
    ...(timeout_s === '' ? {} : { timeout_s }),
    ...(parameters.trim() === '' ? {} : { parameters: parametersOf(parameters) }),
    ...(headers.trim() === '' ? {} : { headers: pairsOf(headers) }),
  };
}

/** What is no JSON is sent as it was typed, so that the server says what is wrong. */
function parametersOf(text: string): NonNullable<ToolBody['parameters']> {
  try {
    return JSON.parse(text) as NonNullable<ToolBody['parameters']>;
  } catch {
    return text as unknown as NonNullable<ToolBody['parameters']>;
  }
}

/** Tools as a text, one on each line; new headers without their values. */
export function toolLines(tools: readonly DraftTool[]): string {
  const line = ({ name, url, timeout_s, description, parameters, headers, stored }: DraftTool) => {
    const names = headers.trim() === '' ? stored : Object.keys(pairsOf(headers)).map((header) => `${header} (new)`);
    const schema = parameters.trim() === '' ? '' : JSON.stringify(parametersOf(parameters));
    return [name, url, timeout_s === '' ? '' : `${timeout_s} s`, names.join(', '), schema, description].filter(Boolean).join(' · ');
  };
  return tools.map(line).join('\n');
}
