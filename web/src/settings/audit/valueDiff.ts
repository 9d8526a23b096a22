/** A place in a value and what stands there, as text; undefined where nothing does. */
export interface ValueChange {
  path: string;
  before: string | undefined;
  after: string | undefined;
}

export interface ValueDiff {
  changes: ValueChange[];
  /** How many places are as they were. */
  same: number;
}

/** What is different between two JSON values, place by place, in the order of the first and then the second. */
export function valueDiff(before: unknown, after: unknown): ValueDiff {
  const [was, is] = [places(before), places(after)];
  const paths = [...new Set([...was.keys(), ...is.keys()])];
  const all = paths.map((path) => ({ path, before: was.get(path), after: is.get(path) }));
  const changes = all.filter((one) => one.before !== one.after);
  return { changes, same: all.length - changes.length };
}

/** Every place that holds no object: lists of plain values are one place, as their order is what they are. */
function places(value: unknown, path = ''): Map<string, string> {
  const found = new Map<string, string>();
  if (isObject(value)) {
    for (const [name, inner] of Object.entries(value)) {
      for (const [at, text] of places(inner, path === '' ? name : `${path}.${name}`)) found.set(at, text);
    }
    return found;
  }
  if (Array.isArray(value) && value.some(isObject)) {
    for (const [index, inner] of value.entries()) {
      for (const [at, text] of places(inner, `${path}.${index + 1}`)) found.set(at, text);
    }
    return found;
  }
  if (value !== null && value !== undefined) found.set(path, words(value));
  return found;
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

function words(value: unknown): string {
  if (Array.isArray(value)) return value.map(words).join(', ');
  return typeof value === 'string' ? value : JSON.stringify(value);
}
