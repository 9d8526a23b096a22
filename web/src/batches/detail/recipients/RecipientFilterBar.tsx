import { Button, Group, Select, Text } from '@mantine/core';
import { SearchField } from '@/kit';
import { number } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { kit } from '@/text/en/kit';
import { statuses } from '../../state';
import type { RecipientFilters } from './filters';
import classes from './Recipients.module.css';
import type { RowsState } from './rowPages';

const statusChoices = [...statuses].reverse().map((value) => ({ value: value, label: kit.recipientStatuses[value] }));
const outcomeChoices = Object.entries(kit.outcomes).map(([value, label]) => ({ value, label: label }));

interface Props {
  filters: RecipientFilters;
  rows: RowsState;
  onChange: (change: { status?: string; outcome?: string; q?: string }) => void;
}

/** What the recipients are narrowed to, and how many they are. */
export function RecipientFilterBar({ filters, rows, onChange }: Props) {
  const { status, outcome, q } = filters;
  const filtered = status !== '' || outcome !== '' || q !== '';
  return (
    <Group gap="xs" align="center" role="search" aria-label={words.recipients.table}>
      <SearchField
        aria-label={words.recipients.search}
        placeholder={words.recipients.search}
        maxLength={40}
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
      {filtered && (
        <Button variant="subtle" size="compact-sm" onClick={() => onChange({ status: '', outcome: '', q: '' })}>
          {words.recipients.clear}
        </Button>
      )}
      <Text size="sm" c="var(--text-quiet)" className={classes.found} role="status">
        {!rows.loading && (rows.exact ? words.recipients.count(number(rows.known), rows.known === 1) : words.recipients.countAtLeast(number(rows.known)))}
      </Text>
    </Group>
  );
}
