import { IconAlertTriangle, IconCheck } from '@tabler/icons-react';
import type { Preflight, VersionView } from '@/kit/api';
import { check as text } from '@/text/en/fileCheck';
import { matchColumns, type Match } from '../matching';
import { placeholdersOf } from '../placeholders';
import { Block } from './Block';
import classes from './Check.module.css';

/** The agent's placeholders beside the columns of the file. */
export function Columns({ report: { columns, placeholders }, version }: { report: Preflight; version: VersionView }) {
  const matches = matchColumns(placeholdersOf(version), columns, version.variables ?? {}, placeholders);
  const near = placeholders.near_misses.map(({ column }) => column);
  const unused = placeholders.unused.filter((column) => !near.includes(column));
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
                  <Source match={match} />
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

function Source({ match }: { match: Match }) {
  switch (match.kind) {
    case 'column':
      return (
        <span className={classes.match} data-tone="good">
          <IconCheck size={15} role="img" aria-label={text.matched} />
          <code>{match.placeholder}</code>
        </span>
      );
    case 'default':
      return (
        <span className={classes.match} data-tone="quiet">
          {text.default(match.value)}
        </span>
      );
    case 'near':
      return (
        <span className={classes.match} data-tone="bad">
          <IconAlertTriangle size={15} aria-hidden />
          <span>
            <code>{match.column}</code> – {text.nearMiss(match.column, match.placeholder)}
          </span>
        </span>
      );
    case 'missing':
      return (
        <span className={classes.match} data-tone="bad">
          <IconAlertTriangle size={15} aria-hidden />
          {text.missing}
        </span>
      );
  }
}
