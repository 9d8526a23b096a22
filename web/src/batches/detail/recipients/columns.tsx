import { OutcomeBadge, RecipientBadge, ShortWhen, type VirtualColumn } from '@/kit';
import type { RecipientView } from '@/kit/api';
import { inZone, number, phone } from '@/kit/format';
import { resultWords } from '@/calls/facts';
import { batch as words } from '@/text/en/batch';
import classes from './Recipients.module.css';

/** A column each for so many variables; the others are together in one. */
const ownColumns = 3;

/** A width that holds a head of so many letters; long heads are cut. */
function widthOf(letters: number, least: number, most: number): string {
  return `${Math.min(most, Math.max(least, letters * 0.5 + 1.5))}rem`;
}

/** The table's columns, with those of the file and of the results, whose names are in one text; `total` is the number of its rows. */
export function recipientColumns(fileColumns: readonly string[], resultNames: string, total: number, zone: string | undefined): VirtualColumn<RecipientView>[] {
  const variables = fileColumns.filter((column) => column !== 'phone_number');
  const own = variables.length <= ownColumns + 1 ? variables : variables.slice(0, ownColumns);
  const others = variables.slice(own.length);
  const { columns } = words.recipients;
  return [
    { id: 'row', header: columns.row, width: widthOf(number(total).length, 3.5, 8), align: 'right', cell: (recipient) => number(recipient.row) },
    // A rejected row has what the file says, which need not be a number.
    { id: 'number', header: columns.number, width: '8.5rem', cell: (recipient) => phone(recipient.phone_number) },
    { id: 'status', header: columns.status, width: '7.5rem', cell: (recipient) => <RecipientBadge status={recipient.status} /> },
    ...own.map((name) => ({
      id: `variable ${name}`,
      header: name,
      width: `minmax(${widthOf(name.length, 6.5, 12)}, 1fr)`,
      cell: (recipient: RecipientView) => <Clip text={recipient.variables[name] ?? ''} />,
    })),
    ...(others.length === 0
      ? []
      : [{ id: 'more', header: columns.more, width: 'minmax(10rem, 1fr)', cell: (recipient: RecipientView) => <Clip text={together(recipient, others)} /> }]),
    { id: 'attempts', header: columns.attempts, width: '5rem', align: 'right', cell: (recipient) => <Attempts recipient={recipient} /> },
    { id: 'last', header: inZone(columns.last), width: '8rem', cell: (recipient) => recipient.last_attempt_at && <ShortWhen at={recipient.last_attempt_at} /> },
    { id: 'outcome', header: columns.outcome, width: 'minmax(10.5rem, 2fr)', cell: (recipient) => <Outcome recipient={recipient} /> },
    ...resultNames.split(' ').filter(Boolean).map((name) => ({
      id: `result ${name}`,
      header: name,
      width: `minmax(${widthOf(name.length, 6.5, 12)}, 1fr)`,
      cell: (recipient: RecipientView) => {
        const value = recipient.results[name];
        return value !== undefined && <Clip text={resultWords(value)} />;
      },
    })),
    { id: 'digits', header: columns.digits, width: '4.5rem', cell: (recipient) => recipient.digits && <Clip text={recipient.digits} /> },
    { id: 'next', header: inZone(columns.next), width: '8rem', cell: (recipient) => recipient.next_attempt_at && <ShortWhen at={recipient.next_attempt_at} zone={zone} /> },
  ];
}

/** How the last call ended; of who is skipped, why. */
function Outcome({ recipient: { status, reason, last_outcome: outcome } }: { recipient: RecipientView }) {
  if (status === 'skipped' && reason) return <Clip text={words.recipient.reasons[reason] ?? reason} />;
  return outcome && <OutcomeBadge outcome={outcome} />;
}

/** Calls on record, as in the progress above; some count as none against Max Retries. */
function Attempts({ recipient: { attempts_recorded: all, attempts_made: charged, status } }: { recipient: RecipientView }) {
  const free = all - charged - (status === 'in_progress' ? 1 : 0);
  return <span title={free > 0 ? words.recipients.uncharged(number(free), free === 1) : undefined}>{number(all)}</span>;
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
