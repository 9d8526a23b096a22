import { Button, CloseButton, Select, Text, TextInput } from '@mantine/core';
import { SearchField } from '@/kit';
import { calls } from '@/text/en/calls';
import { kit } from '@/text/en/kit';
import classes from './CallList.module.css';
import { isFiltered, type CallView } from './filters';
import { useChoices } from './useChoices';

const words = calls.list;
const choices = (table: Readonly<Record<string, string>>) => Object.entries(table).map(([value, label]) => ({ value, label }));
const outcomes = choices(kit.outcomes);
const reasons = choices(calls.endReasons);
const answeredBy = choices(calls.answeredBy);

interface Props {
  view: CallView;
  onChange: (change: Partial<CallView>) => void;
  onClear: () => void;
}

/** What the calls are narrowed to. */
export function CallFilters({ view, onChange, onClear }: Props) {
  const { batches, agents } = useChoices(view.batch);
  return (
    <search className={classes.filters} aria-label={words.filters}>
      <SearchField
        size="xs"
        label={words.number}
        placeholder={words.numberHint}
        leftSection={null}
        maxLength={40}
        value={view.number}
        onChange={(number) => onChange({ number })}
      />
      <Choice label={words.outcome} data={outcomes} value={view.outcome} onChange={(outcome) => onChange({ outcome })} />
      <Choice label={words.reason} data={reasons} value={view.reason} onChange={(reason) => onChange({ reason })} />
      <Choice label={words.answered} data={answeredBy} value={view.answered} onChange={(answered) => onChange({ answered })} />
      <Choice label={words.batch} data={batches} value={view.batch} onChange={(batch) => onChange({ batch })} />
      <Choice label={words.agent} data={agents} value={view.agent} onChange={(agent) => onChange({ agent })} />
      <TextInput type="date" size="xs" label={words.from} value={view.from} max={view.to || undefined} onChange={(event) => onChange({ from: event.currentTarget.value })} />
      <TextInput type="date" size="xs" label={words.to} value={view.to} min={view.from || undefined} onChange={(event) => onChange({ to: event.currentTarget.value })} />
      {view.recipient && (
        <Text size="sm" className={classes.only}>
          {words.ofRecipient}
          <CloseButton size="xs" aria-label={words.clear} onClick={() => onChange({ recipient: '' })} />
        </Text>
      )}
      {isFiltered(view) && (
        <Button variant="subtle" size="compact-sm" className={classes.clear} onClick={onClear}>
          {words.clear}
        </Button>
      )}
    </search>
  );
}

interface ChoiceProps {
  label: string;
  data: readonly { value: string; label: string }[];
  value: string;
  onChange: (value: string) => void;
}

function Choice({ label, data, value, onChange }: ChoiceProps) {
  return (
    <Select
      size="xs"
      label={label}
      placeholder={words.any}
      data={data}
      value={value || null}
      onChange={(next) => onChange(next ?? '')}
      clearable
      searchable
    />
  );
}
