// @vitest-environment node
import { expect, it } from 'vitest';
import { encodings, lettersIn, tellingPart } from './letters';

const latin = (text: string) => Uint8Array.from(text, (letter) => letter.charCodeAt(0));

it('knows every encoding of the list', () => {
  for (const [name] of encodings) expect(() => new TextDecoder(name), name).not.toThrow();
  expect(new Set(encodings.map(([name]) => name)).size).toBe(encodings.length);
  expect(new Set(encodings.map(([, label]) => label)).size).toBe(encodings.length);
});

it('shows the lines with letters as they read', async () => {
  const rows = '+14155550101,Ann\n'.repeat(100_000);
  const part = await tellingPart(new Blob([latin(`name\n${rows}+14155550102,J\u00f6rg\n+14155550103,Bob\n`)]));
  if (!part) throw new Error('no letters were found');
  expect(lettersIn(part, 'windows-1252')).toEqual(['+14155550102,Jörg']);
  expect(lettersIn(part, 'windows-1251')).toEqual(['+14155550102,Jцrg']);
});

it('reads UTF-16 from its beginning', async () => {
  const text = 'phone_number,name\n+14155550101,Jörg\n';
  const bytes = new Uint8Array(Uint16Array.from(text, (letter) => letter.charCodeAt(0)).buffer);
  const part = await tellingPart(new Blob([bytes]));
  if (!part) throw new Error('no letters were found');
  expect(lettersIn(part, 'utf-16le')).toEqual(['+14155550101,Jörg']);
});

it('has nothing to show of plain text and of a workbook', async () => {
  expect(await tellingPart(new Blob(['phone_number\n+14155550101\n']))).toBeUndefined();
  expect(await tellingPart(new Blob([latin('PK\u0003\u0004\u00ff')]))).toBeUndefined();
});
