import { Button, Group, Select, Text } from '@mantine/core';
import { resultWords } from '@/calls/facts';
import { SearchField } from '@/kit';
import type { ResultCounts } from '@/kit/api';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';
import { statuses } from '../../state';
import { narrows, noFilters, type RecipientFilters } from './filters';
import classes from './Recipients.module.css';
import type { RowsState } from './rowPages';

const statusChoices = [...statuses].reverse().map((value) => ({ value: value, label: kit.recipientStatuses[value] }));
const outcomeChoices = Object.entries(kit.outcomes).map(([value, label]) => ({ value, label: label }));

/** What may have been pressed: a key, and what the address asks for. */
function digitChoices(asked: string) {
  const keys = ['any', 'none', '1', '2', '3', '4', '5', '6', '7', '8', '9', '0', '*', '#'];
  return (asked === '' || keys.includes(asked) ? keys : [...keys, asked]).map((value) => ({ value, label: words.recipients.pressed(value) }));
}

/** What may have been recorded: each value that can be counted, else any value. */
function resultChoices(results: readonly ResultCounts[]) {
  return results.flatMap(({ name, counts }) =>
    counts.length === 0
      ? [{ value: name, label: words.results.any(name) }]
      : counts.map(({ value }) => ({ value: `${name}:${value}`, label: words.results.is(name, resultWords(value)) })),
  );
}

interface Props {
  filters: RecipientFilters;
  results: readonly ResultCounts[];
  rows: RowsState;
  onChange: (change: { status?: string; outcome?: string; digits?: string; result?: string; q?: string }) => void;
}

/** What the recipients are narrowed to, and how many they are. */
export function RecipientFilterBar({ filters, results, rows, onChange }: Props) {
  const { status, outcome, digits, result, q } = filters;
  const choices = resultChoices(results);
  return (
    <Group gap="xs" align="center" role="search" aria-label={words.recipients.table}>
      <SearchField
        aria-label={words.recipients.search}
        placeholder={words.recipients.search}
        maxLength={100}
        value={q}
        onChange={(next) => onChange({ q: next })}
        className={classes.search}
      />
      <Select
        aria-label={words.recipients.status}
        placeholder={words.recipients.anyStatus}
        data={statusChoices}
        value={status || null}
        onChange={(next) => onChange({ status: (next) ?? '' })}
        clearable
        className={classes.filter}
      />
      <Select
        aria-label={words.recipients.outcome}
        placeholder={words.recipients.anyOutcome}
        data={outcomeChoices}
        value={outcome || null}
        onChange={(next) => onChange({ outcome: next ?? '' })}
        clearable
        className={classes.filter}
      />
      <Select
        aria-label={words.recipients.digits}
        placeholder={words.recipients.anyDigits}
        data={digitChoices(digits)}
        value={digits || null}
        onChange={(next) => onChange({ digits: next ?? '' })}
        clearable
        className={classes.filter}
      />
      {choices.length > 0 && (
        <Select
          aria-label={words.results.title}
          placeholder={words.results.anyResult}
          data={result === '' || choices.some(({ value }) => value === result) ? choices : [...choices, { value: result, label: result }]}
          value={result || null}
          onChange={(next) => onChange({ result: next ?? '' })}
          clearable
          className={classes.filter}
        />
      )}
      {narrows(filters) && (
        <Button variant="subtle" size="compact-sm" onClick={() => onChange(noFilters)}>
          {words.recipients.clear}
        </Button>
      )}
      <Text size="sm" c="var(--text-quiet)" className={classes.found} role="status">
        {!rows.loading && (rows.exact ? words.recipients.count(number(rows.known), rows.known === 1) : words.recipients.countAtLeast(number(rows.known)))}
      </Text>
    </Group>
  );
}
