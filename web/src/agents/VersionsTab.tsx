import { Anchor } from '@mantine/core';
import { useMemo } from 'react';
import { DataTable, When, type DataColumn } from '@/kit';
import type { VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { VersionBadge } from './VersionBadge';
import classes from './VersionsTab.module.css';

interface Props {
  versions: readonly VersionView[];
  onOpen: (number: number) => void;
}

/** All versions, the newest first. */
export function VersionsTab({ versions, onOpen }: Props) {
  const columns = useMemo(() => columnsFor(onOpen), [onOpen]);
  return (
    <DataTable
      label={agents.versions.label}
      columns={columns}
      rows={versions}
      rowId={({ number }) => String(number)}
      onOpen={({ number }) => onOpen(number)}
    />
  );
}

function columnsFor(onOpen: (number: number) => void): readonly DataColumn<VersionView>[] {
  return [
    {
      id: 'number',
      header: agents.versions.number,
      sortBy: ({ number }) => number,
      cell: ({ number }) => (
        <Anchor component="button" type="button" inherit onClick={() => onOpen(number)}>
          {agents.list.version(number)}
        </Anchor>
      ),
    },
    { id: 'status', header: agents.versions.status, cell: ({ status }) => <VersionBadge status={status} /> },
    { id: 'created', header: agents.versions.created, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
    { id: 'published', header: agents.versions.published, wide: true, cell: ({ published_at }) => published_at && <When at={published_at} /> },
    { id: 'first', header: agents.versions.first, cell: ({ first_message }) => <span className={classes.first}>{first_message}</span> },
  ];
}
