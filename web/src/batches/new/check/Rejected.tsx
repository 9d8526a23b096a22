import { Accordion, Button, Group, Text } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import { useMutation } from '@tanstack/react-query';
import { CopyButton, toast } from '@/kit';
import type { RejectedCell, Rejections } from '@/kit/api';
import { number } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import { withoutFieldNames } from '../../fieldNames';
import type { Draft } from '../draft';
import { download } from '../download';
import { checkFields, formOf } from '../request';
import { spans } from '../rows';
import { Block } from './Block';
import classes from './Check.module.css';

interface Props {
  rejections: readonly Rejections[];
  file: File;
  draft: Draft;
  onCountry: () => void;
}

/** Rows that have the same to be done about them. */
interface Kind {
  key: string;
  label: string;
  help: string;
  count: number;
  rows: readonly number[];
  examples: readonly RejectedCell[];
}

/** A kind of file that the rejected rows can be. */
interface FileKind {
  ending: string;
  query: string;
}

const workbook: FileKind = { ending: 'xlsx', query: 'format=xlsx' };
const csv: FileKind = { ending: 'csv', query: 'bom=true' };

/** More than anybody reads; the rest is in the download. */
const shownSpans = 100;
const shownCells = 20;

/** The rejected rows by what is wrong with them: which, what they have, and what to do. */
export function Rejected({ rejections, file, draft, onCountry }: Props) {
  const save = useMutation({
    mutationFn: ({ ending, query }: FileKind) =>
      download(`/v1/batch-calls/rejections.csv?${query}`, formOf(checkFields(draft), file), text.rejectedName(file.name.replace(/\.[^.]*$/, ''), ending)),
    onError: (error) => toast.failed(text.notDownloaded, error),
  });
  return (
    <Block
      title={text.rejections}
      aside={
        <Button.Group>
          <Button
            variant="default"
            size="compact-xs"
            leftSection={<IconDownload size={14} aria-hidden />}
            loading={save.isPending}
            onClick={() => save.mutate(workbook)}
          >
            {text.downloadAll}
          </Button>
          <Button variant="default" size="compact-xs" disabled={save.isPending} aria-label={text.downloadCsv} onClick={() => save.mutate(csv)}>
            {text.csv}
          </Button>
        </Button.Group>
      }
    >
      <p className={classes.quiet}>{text.downloadHelp}</p>
      <Accordion multiple order={5} chevronPosition="left" variant="default">
        {rejections.flatMap(kinds).map((kind) => (
          <Accordion.Item key={kind.key} value={kind.key}>
            <Accordion.Control py={0}>{text.group(kind.label, number(kind.count), kind.count === 1)}</Accordion.Control>
            <Accordion.Panel>
              <Group gap="xs" mb={4}>
                <Text size="sm">{withoutFieldNames(kind.help)}</Text>
                {kind.key === 'no_country_code' && (
                  <Button size="compact-xs" variant="light" onClick={onCountry}>
                    {text.chooseCountry}
                  </Button>
                )}
              </Group>
              <Cells examples={kind.examples} />
              <Rows kind={kind} />
            </Accordion.Panel>
          </Accordion.Item>
        ))}
      </Accordion>
    </Block>
  );
}

/** The causes of a reason; the reason itself where it has only one. */
function kinds({ reason, label, help, count, rows, causes = [], examples = [] }: Rejections): Kind[] {
  const told = causes.map((cause): Kind => ({ ...cause, key: cause.cause, label: text.cause(label, cause.label) }));
  const rest = count - causes.reduce((sum, cause) => sum + cause.count, 0);
  return rest > 0 ? [...told, { key: reason, label, help, count: rest, rows, examples }] : told;
}

/** What the first rows have where a number should be. */
function Cells({ examples }: { examples: readonly RejectedCell[] }) {
  const filled = examples.filter(({ cell }) => cell !== '').slice(0, shownCells);
  if (filled.length === 0) return null;
  return (
    <table className={classes.cells}>
      <thead>
        <tr>
          <th scope="col">{text.rowsLabel(true)}</th>
          <th scope="col">{text.cell}</th>
        </tr>
      </thead>
      <tbody>
        {filled.map(({ row, cell }) => (
          <tr key={row}>
            <td>{row}</td>
            <td>
              <code>{cell}</code>
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Rows({ kind: { label, rows, count } }: { kind: Kind }) {
  const all = spans(rows);
  const hidden = Math.max(count - rows.length, all.length - shownSpans);
  return (
    <Group gap={6} wrap="nowrap" align="flex-start">
      <span className={classes.rows}>
        {text.rowsLabel(count === 1)} {all.slice(0, shownSpans).join(', ')}
        {hidden > 0 && ` ${text.more(number(hidden))}`}
      </span>
      <CopyButton value={rows.join(', ')} label={text.copyRows(label)} />
    </Group>
  );
}
