import { Select } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { SearchField } from '@/kit';
import { api, ok } from '@/kit/api';
import { list } from '@/text/en/batches';
import { kit } from '@/text/en/kit';
import classes from './Filters.module.css';
import { kinds, sorts, states, type ListView } from './useBatchList';

interface Props {
  view: ListView;
  onChange: (change: Partial<ListView>) => void;
}

const stateOptions = [{ value: '', label: list.all }, ...states.map((value) => ({ value, label: kit.batchStates[value] }))];
const kindOptions = kinds.map((value) => ({ value, label: list.kinds[value] }));
const sortOptions = sorts.map((value) => ({ value, label: list.sorts[value] }));

/** Which batches are shown, and in which order. */
export function Filters({ view, onChange }: Props) {
  const { data: agents } = useQuery({ queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) });

  const agentOptions = [
    { value: '', label: list.anyAgent },
    ...(agents?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <div className={classes.filters} role="search">
      <SearchField
        className={classes.search}
        aria-label={list.search}
        placeholder={list.search}
        value={view.q}
        onChange={(q) => onChange({ q, page: 1 })}
      />
      <Select
        className={classes.select}
        aria-label={list.status}
        data={stateOptions}
        value={view.status}
        allowDeselect={false}
        onChange={(status) => onChange({ status: status ?? '', page: 1 })}
      />
      <Select
        className={classes.select}
        aria-label={list.kind}
        data={kindOptions}
        value={view.kind}
        allowDeselect={false}
        onChange={(kind) => onChange({ kind: kind ?? 'batches', page: 1 })}
      />
      {agentOptions.length > 2 && (
        <Select
          className={classes.select}
          aria-label={list.agent}
          data={agentOptions}
          value={view.agent}
          allowDeselect={false}
          searchable
          onChange={(agent) => onChange({ agent: agent ?? '', page: 1 })}
        />
      )}
      <Select
        className={classes.select}
        aria-label={list.sort}
        data={sortOptions}
        value={view.sort}
        allowDeselect={false}
        onChange={(sort) => onChange({ sort: sort ?? '-created_at', page: 1 })}
      />
    </div>
  );
}
