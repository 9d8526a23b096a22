import { OutcomeBadge, RecipientBadge, When, type VirtualColumn } from '@/kit';
import type { RecipientView } from '@/kit/api';
import { number, phone } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import classes from './Recipients.module.css';

/** A column each for so many variables; the others are together in one. */
const ownColumns = 3;

/** The table's columns, with those of the file. */
export function recipientColumns(fileColumns: readonly string[], zone: string | undefined): VirtualColumn<RecipientView>[] {
  const variables = fileColumns.filter((column) => column !== 'phone_number');
  const own = variables.length <= ownColumns + 1 ? variables : variables.slice(0, ownColumns);
  const others = variables.slice(own.length);
  const { columns } = words.recipients;
  return [
    { id: 'row', header: columns.row, width: '5.5rem', align: 'right', cell: (recipient) => number(recipient.row) },
    // A rejected row has what the file says, which need not be a number.
    { id: 'number', header: columns.number, width: '10rem', cell: (recipient) => phone(recipient.phone_number) },
    { id: 'status', header: columns.status, width: '8rem', cell: (recipient) => <RecipientBadge status={recipient.status} /> },
    ...own.map((name) => ({
      id: `variable ${name}`,
      header: name,
      width: 'minmax(8rem, 1fr)',
      cell: (recipient: RecipientView) => <Clip text={recipient.variables[name] ?? ''} />,
    })),
    ...(others.length === 0
      ? []
      : [{ id: 'more', header: columns.more, width: 'minmax(10rem, 1fr)', cell: (recipient: RecipientView) => <Clip text={together(recipient, others)} /> }]),
    { id: 'attempts', header: columns.attempts, width: '5.5rem', align: 'right', cell: (recipient) => number(recipient.attempts_made) },
    { id: 'last', header: columns.last, width: '10.5rem', cell: (recipient) => recipient.last_attempt_at && <When at={recipient.last_attempt_at} seconds /> },
    { id: 'outcome', header: columns.outcome, width: '9.5rem', cell: (recipient) => recipient.last_outcome && <OutcomeBadge outcome={recipient.last_outcome} /> },
    { id: 'next', header: columns.next, width: '10.5rem', cell: (recipient) => recipient.next_attempt_at && <When at={recipient.next_attempt_at} zone={zone} seconds /> },
  ];
}

function together(recipient: RecipientView, names: readonly string[]): string {
  return names.map((name) => `${name}: ${recipient.variables[name] ?? ''}`).join(' · ');
}

/** A text of any length in a column whose width it does not change. */
function Clip({ text }: { text: string }) {
  return (
    <div className={classes.clip} title={text}>
      {text}
    </div>
  );
}
