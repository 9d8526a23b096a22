import { Button, Select, TextInput } from '@mantine/core';
import { audit } from '@/text/en/settings/audit';
import classes from './AuditFilters.module.css';
import { noFilters, type AuditFilterValues } from './filters';

const text = audit.filters;
const actions = Object.entries(audit.actions).map(([value, label]) => ({ value, label }));

interface Props {
  filters: AuditFilterValues;
  onChange: (change: Partial<AuditFilterValues>) => void;
}

/** What of the log is shown. */
export function AuditFilters({ filters, onChange }: Props) {
  const field = (name: 'actor' | 'subject' | 'since' | 'until') => ({
    label: text[name],
    size: 'xs',
    value: filters[name],
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => onChange({ [name]: event.currentTarget.value }),
  });
  const any = Object.keys(noFilters).some((name) => filters[name as keyof AuditFilterValues] !== '');
  return (
    <div className={classes.filters} role="search">
      <TextInput {...field('actor')} placeholder={text.actorHelp} />
      <Select
        label={text.action}
        size="xs"
        placeholder={text.any}
        data={actions}
        value={filters.action || null}
        onChange={(action) => onChange({ action: action ?? '' })}
        searchable
        clearable
      />
      <TextInput {...field('subject')} placeholder={text.subjectHelp} />
      <TextInput {...field('since')} type="date" />
      <TextInput {...field('until')} type="date" />
      {any && (
        <Button variant="subtle" size="xs" onClick={() => onChange(noFilters)}>
          {text.clear}
        </Button>
      )}
    </div>
  );
}
