import { Button, Group, Select, Text, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';
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
      <Search key={q} q={q} onChange={(next) => onChange({ q: next })} />
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

/** The field runs ahead of the address, which follows when typing rests. */
function Search({ q, onChange }: { q: string; onChange: (q: string) => void }) {
  const [typed, setTyped] = useState(q);
  const tell = useDebouncedCallback(onChange, 300);
  return (
    <TextInput
      type="search"
      aria-label={words.recipients.search}
      placeholder={words.recipients.search}
      leftSection={<IconSearch size={16} aria-hidden />}
      value={typed}
      maxLength={40}
      onChange={(event) => {
        setTyped(event.currentTarget.value);
        tell(event.currentTarget.value.trim());
      }}
      className={classes.search}
    />
  );
}
