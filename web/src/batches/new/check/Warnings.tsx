import { IconAlertTriangle } from '@tabler/icons-react';
import type { Warning } from '@/kit/api';
import { number } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { spans } from '../rows';
import { sentence } from '@/kit/sentence';
import { Block } from './Block';
import classes from './Check.module.css';

const shownSpans = 30;

/** What is odd about the file but stops nobody. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <Block title={text.warnings}>
      <ul className={classes.warnings}>
        {warnings.map((warning) => (
          <li key={`${warning.code} ${warning.detail}`} className={classes.warning}>
            <IconAlertTriangle size={16} aria-hidden />
            <span className={classes.rows}>
              {words(warning)} {warning.rows.length > 0 && rowWords(warning.rows)}
            </span>
          </li>
        ))}
      </ul>
    </Block>
  );
}

function words({ code, detail, rows }: Warning): string {
  // The server names the field of the API; here it is the choice in the form.
  if (code !== 'duplicate_number') return sentence(detail);
  return text.warningDuplicates(number(rows.length), rows.length === 1, form.file.duplicatesOptions.reject);
}

function rowWords(rows: readonly number[]): string {
  const all = spans(rows);
  const list = [...all.slice(0, shownSpans), ...(all.length > shownSpans ? ['…'] : [])].join(', ');
  return `${text.warningRows(rows.length === 1, list)}.`;
}
