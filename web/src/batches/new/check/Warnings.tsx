import { Alert, List } from '@mantine/core';
import type { Warning } from '@/kit/api';
import { number } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import { form } from '@/text/en/newBatch';
import { spans } from '../rows';
import classes from './Check.module.css';
import { sentence } from './sentence';

const shownSpans = 30;

/** What is odd about the file but stops nobody. */
export function Warnings({ warnings }: { warnings: readonly Warning[] }) {
  return (
    <Alert color="yellow" variant="light" title={text.warnings}>
      <List size="sm" spacing={4}>
        {warnings.map((warning) => (
          <List.Item key={`${warning.code} ${warning.detail}`}>
            {words(warning)}
            {warning.rows.length > 0 && <span className={classes.rows}> {rowWords(warning.rows)}</span>}
          </List.Item>
        ))}
      </List>
    </Alert>
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
