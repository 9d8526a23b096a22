import { Button, Select } from '@mantine/core';
import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import type { Preflight, VersionView } from '@/kit/api';
import { check as text } from '@/text/en/fileCheck';
import type { Draft } from '../draft';
import { choose, matchColumns, type Match } from '../matching';
import { placeholdersOf } from '../placeholders';
import { Block } from './Block';
import classes from './Check.module.css';

interface Props {
  report: Preflight;
  version: VersionView;
  draft: Draft;
  set: (change: Partial<Draft>) => void;
}

/** The agent's placeholders beside the columns of the file, each of which can be chosen. */
export function Columns({ report: { columns, nameless = [], placeholders }, version, draft, set }: Props) {
  const file = { columns, chosen: draft.columnMap };
  const matches = matchColumns(placeholdersOf(version), file, version.variables ?? {}, placeholders);
  const near = placeholders.near_misses.map(({ column }) => column);
  const unused = placeholders.unused.filter((column) => column !== '' && !near.includes(column));
  return (
    <Block title={text.columns}>
      {matches.length === 0 ? (
        <p className={classes.quiet}>{text.noPlaceholders}</p>
      ) : (
        <table className={classes.columns}>
          <thead>
            <tr>
              <th scope="col">{text.placeholder}</th>
              <th scope="col">{text.column}</th>
            </tr>
          </thead>
          <tbody>
            {matches.map((match) => (
              <tr key={match.placeholder}>
                <td>
                  <code>{`{{${match.placeholder}}}`}</code>
                </td>
                <td>
                  <Source
                    match={match}
                    columns={[...columns, ...nameless]}
                    onChoose={(column) => set({ columnMap: choose(draft.columnMap, match.placeholder, column) })}
                  />
                </td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      {unused.length > 0 && (
        <p className={classes.quiet}>
          {text.unused}: {unused.join(', ')}
        </p>
      )}
    </Block>
  );
}

interface SourceProps {
  match: Match;
  columns: readonly string[];
  onChoose: (column: string | null) => void;
}

function Source({ match, columns, onChoose }: SourceProps) {
  const column = match.kind === 'column' ? match.placeholder : match.kind === 'chosen' ? match.column : null;
  const options = [...new Set([...columns, ...(column === null ? [] : [column])])].filter((name) => name !== '');
  const isBad = match.kind === 'near' || match.kind === 'missing' || (column !== null && !columns.includes(column));
  return (
    <div className={classes.source}>
      <Select
        aria-label={text.columnFor(match.placeholder)}
        size="xs"
        data={options}
        value={column}
        searchable={options.length > 10}
        clearable={match.kind === 'chosen'}
        allowDeselect={false}
        placeholder={match.kind === 'default' ? text.default(match.value) : text.missing}
        onChange={onChoose}
        error={isBad}
        leftSection={
          isBad ? (
            <IconAlertTriangle size={15} aria-hidden />
          ) : (
            column !== null && <IconCheck size={15} role="img" aria-label={match.kind === 'chosen' ? text.chosen : text.matched} />
          )
        }
      />
      {match.kind === 'near' && (
        <Button size="compact-xs" variant="light" onClick={() => onChoose(match.column)}>
          {text.takeNear(match.column)}
        </Button>
      )}
    </div>
  );
}
