import { UnstyledButton } from '@mantine/core';
import { IconArrowDown, IconArrowUp } from '@tabler/icons-react';
import { flexRender, type Header } from '@tanstack/react-table';
import classes from './DataTable.module.css';

const directions = { asc: 'ascending', desc: 'descending' } as const;

/** The head of a column: a button when the column can be sorted. */
export function HeadCell<T>({ header }: { header: Header<T, unknown> }) {
  const { column } = header;
  const sorted = column.getIsSorted();
  const words = flexRender(column.columnDef.header, header.getContext());
  return (
    <th
      scope="col"
      aria-sort={sorted ? directions[sorted] : undefined}
      {...column.columnDef.meta}
    >
      {column.getCanSort() ? (
        <UnstyledButton className={classes.sort} onClick={column.getToggleSortingHandler()}>
          {words}
          {sorted === 'asc' && <IconArrowUp size={13} aria-hidden />}
          {sorted === 'desc' && <IconArrowDown size={13} aria-hidden />}
        </UnstyledButton>
      ) : (
        words
      )}
    </th>
  );
}
