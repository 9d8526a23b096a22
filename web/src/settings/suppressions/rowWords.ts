import { number } from '@/kit/format';
import { suppressions } from '@/text/en/settings/suppressions';

const text = suppressions.upload;
const shown = 8;

/** "row 7", "rows 2, 3, 9", "rows 2, 3, 4, 5, 6, 7, 8, 9 and 120 more": `count` may be more than the rows told. */
export function rowWords(rows: readonly number[], count: number): string {
  const named = rows.slice(0, shown).map(number);
  const words = named.length === 1 ? text.row(named.join()) : text.rows(named.join(', '));
  return count > named.length ? `${words} ${text.more(number(count - named.length))}` : words;
}
