/** A stretch of two sequences: in both, only in the first, or only in the second. */
export interface Stretch<T> {
  kind: 'same' | 'removed' | 'added';
  items: T[];
}

/** Comparing is quadratic; above this many pairs everything between what is equal at both ends counts as changed. */
const mostPairs = 4_000_000;

/** What turns `before` into `after`, with as much kept as possible. */
export function sequenceDiff<T>(before: readonly T[], after: readonly T[]): Stretch<T>[] {
  let start = 0;
  while (start < before.length && start < after.length && before[start] === after[start]) start += 1;
  let end = 0;
  const most = Math.min(before.length, after.length) - start;
  while (end < most && before[before.length - 1 - end] === after[after.length - 1 - end]) end += 1;

  const stretches: Stretch<T>[] = [];
  append(stretches, 'same', before.slice(0, start));
  for (const { kind, items } of middle(before.slice(start, before.length - end), after.slice(start, after.length - end))) {
    append(stretches, kind, items);
  }
  append(stretches, 'same', before.slice(before.length - end));
  return stretches;
}

function append<T>(stretches: Stretch<T>[], kind: Stretch<T>['kind'], items: readonly T[]): void {
  if (items.length === 0) return;
  const last = stretches.at(-1);
  if (last?.kind === kind) last.items.push(...items);
  else stretches.push({ kind, items: [...items] });
}

/** By the longest common subsequence. */
function middle<T>(before: readonly T[], after: readonly T[]): Stretch<T>[] {
  if (before.length * after.length > mostPairs) {
    return [{ kind: 'removed', items: [...before] }, { kind: 'added', items: [...after] }];
  }
  const width = after.length + 1;
  const common = new Uint16Array((before.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = before.length - 1; i >= 0; i -= 1) {
    for (let j = after.length - 1; j >= 0; j -= 1) {
      common[i * width + j] = before[i] === after[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
    }
  }
  const stretches: Stretch<T>[] = [];
  let [i, j] = [0, 0];
  while (i < before.length || j < after.length) {
    if (i < before.length && j < after.length && before[i] === after[j]) {
      append(stretches, 'same', before.slice(i, i + 1));
      [i, j] = [i + 1, j + 1];
    } else if (i < before.length && (j === after.length || at(i + 1, j) >= at(i, j + 1))) {
      append(stretches, 'removed', before.slice(i, i + 1));
      i += 1;
    } else {
      append(stretches, 'added', after.slice(j, j + 1));
      j += 1;
    }
  }
  return stretches;
}

/** A text as words and what stands between them, so that a diff of it reads well. */
export function words(text: string): string[] {
  return text.match(/\s+|\{\{[^{}]*\}\}|[\p{L}\p{N}_]+|[^\s\p{L}\p{N}_]/gu) ?? [];
}
