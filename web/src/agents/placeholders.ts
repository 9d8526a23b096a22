/** Placeholders that every call has, whatever the file's columns. */
export const builtIn = ['phone_number', 'from_number', 'call_id', 'batch_name', 'attempt'] as const;

export interface Piece {
  /** As it is written. */
  text: string;
  /** Of a placeholder: its name. */
  name?: string;
}

const placeholder = /\{\{([^{}]*)\}\}/g;

/** A text, cut at its placeholders, as the server cuts it: spaces directly inside the braces do not count. */
export function pieces(text: string): Piece[] {
  const cut: Piece[] = [];
  let end = 0;
  for (const found of text.matchAll(placeholder)) {
    const name = (found[1] ?? '').trim();
    if (name === '') continue;
    if (found.index > end) cut.push({ text: text.slice(end, found.index) });
    cut.push({ text: found[0], name });
    end = found.index + found[0].length;
  }
  if (end < text.length) cut.push({ text: text.slice(end) });
  return cut;
}

/** What nearly is a placeholder, and is said as it is written. */
export interface NearPlaceholder {
  /** As it is written. */
  written: string;
  /** The placeholder that it looks like; undefined when it has no name. */
  meant?: string;
}

const braces = /(\{+)([^{}\n]*)(\}?)/g;
const longestName = 40;

/** `{name}`, `{{name` and `{{name}` in these texts, each once, as the server finds them. */
export function nearPlaceholders(texts: readonly string[]): NearPlaceholder[] {
  const rest = texts.filter((text) => !isSound(text)).flatMap(pieces).filter(({ name }) => name === undefined);
  const found = rest.flatMap(({ text }) => [...text.matchAll(braces)].flatMap(([, open = '', inside = '', close = '']) => near(open, inside.trim(), close)));
  return [...new Map(found.map((one) => [one.written, one])).values()];
}

function near(open: string, inside: string, close: string): NearPlaceholder[] {
  if (open.length === 1) {
    const isName = close !== '' && inside.length <= longestName && /^[\p{L}\p{N}_. -]+$/u.test(inside);
    return isName ? [{ written: `{${inside}}`, meant: `{{${inside}}}` }] : [];
  }
  const word = close === '' ? (/^\S*/.exec(inside)?.[0] ?? '').replace(/(?!_)[!-/:-@[-`{-~]+$/, '') : inside;
  const name = word.slice(0, longestName);
  return [{ written: `{{${name}${close}`, ...(name === '' ? {} : { meant: `{{${name}}}` }) }];
}

/** Whether a text names a sound to play instead of words to say. */
export function isSound(text: string): boolean {
  return /.\.wav$/i.test(text.trim());
}

/** A text as it is said with these values. */
export function filled(text: string, fill: (name: string) => string): string {
  return pieces(text).map(({ text: written, name }) => (name === undefined ? written : fill(name))).join('');
}

/** The names of the placeholders of these texts, each once, in the order in which they come. */
export function placeholdersOf(texts: readonly string[]): string[] {
  const names = texts.flatMap(pieces).flatMap(({ name }) => (name === undefined ? [] : [name]));
  return [...new Set(names)];
}

export function isBuiltIn(name: string): boolean {
  return (builtIn as readonly string[]).includes(name);
}

/** What stands for a placeholder in a preview: the sample, else the default, else the name in words. */
export function sampleOf(name: string, samples: Readonly<Record<string, string>>, defaults: Readonly<Record<string, string>>): string {
  return own(samples, name) ?? own(defaults, name) ?? own(builtInSamples, name) ?? name.replaceAll('_', ' ');
}

const builtInSamples: Readonly<Record<string, string>> = {
  phone_number: '+14155550101',
  from_number: '+14155550100',
  call_id: '8f3c0d51a97be402-17',
  batch_name: 'June reminders',
  attempt: '1',
};

function own(values: Readonly<Record<string, string>>, name: string): string | undefined {
  return Object.hasOwn(values, name) ? values[name] : undefined;
}

/** Names that look like another one and are not: `{{Customer_Name}}` beside `{{customer_name}}`. */
export function lookalikes(names: readonly string[]): string[][] {
  const groups = new Map<string, string[]>();
  for (const name of names) {
    const bare = name.toLowerCase().replace(/[^\p{L}\p{N}]/gu, '');
    groups.set(bare, [...(groups.get(bare) ?? []), name]);
  }
  return [...groups.values()].filter((group) => group.length > 1);
}
