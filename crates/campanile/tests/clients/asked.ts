// What the test tells a program that uses a generated client.

import { readFileSync } from 'node:fs';

function told(name: string): string {
  const value = process.env[name];
  if (value === undefined) throw new Error(`${name} is not set`);
  return value;
}

/** Where the server is, who asks, who talks, whose voice was recorded. */
export const asked = { url: told('URL'), key: told('KEY'), agent: told('AGENT'), call: told('CALL') };

/** The file with the people. */
export const people = new File([readFileSync('people.csv')], 'people.csv', { type: 'text/csv' });

/** Fails with words unless it is so. */
export function check(holds: unknown, words: unknown): asserts holds {
  if (!holds) throw new Error(typeof words === 'string' ? words : JSON.stringify(words));
}

/** The first bytes of a file as text. */
export async function beginningOf(file: Blob): Promise<string> {
  check(file instanceof Blob, 'it is no file');
  return file.slice(0, 4).text();
}
