import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { audit } from '@/text/en/settings/audit';

/** Where the server writes changes down; the API describes an action as any text. */
const folder = join(import.meta.dirname, '../../../../crates/store/src/sqlite');

function writtenDown(): string[] {
  const files = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter((name) => name.endsWith('.rs'));
  const code = files.map((name) => readFileSync(join(folder, name), 'utf8')).join('\n');
  return [...new Set(code.match(/(?<=")[a-z_]+\.[a-z_]+ed(?=")/g))].sort();
}

describe('the actions of the audit log', () => {
  it('have words, each that the server writes down', () => {
    expect(Object.keys(audit.actions).sort()).toEqual(writtenDown());
  });
});
