import { Select, TextInput } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { api, ok } from '@/kit/api';
import { list } from '@/text/en/batches';
import { kit } from '@/text/en/kit';
import classes from './Filters.module.css';
import { sorts, states, type ListView } from './useBatchList';

interface Props {
  view: ListView;
  onChange: (change: Partial<ListView>) => void;
}

const stateOptions = [{ value: '', label: list.all }, ...states.map((value) => ({ value, label: kit.batchStates[value] }))];
const sortOptions = sorts.map((value) => ({ value, label: list.sorts[value] }));

/** Which batches are shown, and in which order. */
export function Filters({ view, onChange }: Props) {
  const [typed, setTyped] = useState(view.q);
  const [shown, setShown] = useState(view.q);
  const search = useDebouncedCallback((q: string) => onChange({ q, page: 1 }), 250);
  const { data: agents } = useQuery({ queryKey: ['agents'], queryFn: () => ok(api.GET('/v1/agents')) });

  // The address changed from elsewhere: Back, or the filters were cleared.
  if (shown !== view.q) {
    setShown(view.q);
    setTyped(view.q);
  }

  const agentOptions = [
    { value: '', label: list.anyAgent },
    ...(agents?.items ?? []).map(({ id, name }) => ({ value: id, label: name })),
  ];
  return (
    <div className={classes.filters} role="search">
      <TextInput
        className={classes.search}
        type="search"
        aria-label={list.search}
        placeholder={list.search}
        maxLength={100}
        leftSection={<IconSearch size={15} aria-hidden />}
        value={typed}
        onChange={({ currentTarget: { value } }) => {
          setTyped(value);
          search(value.trim());
        }}
      />
      <Select
        className={classes.select}
        aria-label={list.status}
        data={stateOptions}
        value={view.status}
        allowDeselect={false}
        onChange={(status) => onChange({ status: status ?? '', page: 1 })}
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
