// Fails when what the first page loads is above its budget: scripts and styles, gzipped, in all.
import { readFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';

const budget = 240 * 1024;
const dist = new URL('../dist/', import.meta.url);
const manifest = JSON.parse(readFileSync(new URL('.vite/manifest.json', dist), 'utf8'));

const files = new Set(['index.html']);

function collect(name) {
  const chunk = manifest[name];
  if (!chunk) throw new Error(`${name} is not in the manifest; is it still the first page?`);
  if (files.has(chunk.file)) return;
  for (const file of [chunk.file, ...(chunk.css ?? [])]) files.add(file);
  for (const imported of chunk.imports ?? []) collect(imported);
}

collect('index.html');

const kibibytes = (bytes) => `${(bytes / 1024).toFixed(1)} KiB`;
const sizes = [...files].map((file) => [file, gzipSync(readFileSync(new URL(file, dist))).length]);
for (const [file, size] of sizes.sort((a, b) => b[1] - a[1])) console.log(kibibytes(size).padStart(12), file);
const total = sizes.reduce((sum, [, size]) => sum + size, 0);
console.log(kibibytes(total).padStart(12), `in all; the budget is ${kibibytes(budget)}`);
if (total > budget) {
  console.error('The first page is too large: load by route what it does not show at once.');
  process.exit(1);
}
