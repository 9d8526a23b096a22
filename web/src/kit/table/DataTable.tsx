import { flexRender, getCoreRowModel, getSortedRowModel, useReactTable, type ColumnDef, type SortingState } from '@tanstack/react-table';
import { useMemo, useRef, useState, type KeyboardEvent, type ReactNode } from 'react';
import { HeadCell } from './HeadCell';
import { rowAfterKey } from './rowKeys';
import classes from './DataTable.module.css';

export interface DataColumn<T> {
  id: string;
  header: string;
  cell: (row: T) => ReactNode;
  /** What the column is sorted by; without it, it is not (server sorting takes any value as a yes). */
  sortBy?: (row: T) => string | number | null | undefined;
  /** Numbers stand at the right. */
  align?: 'right';
  /** Left out where the screen is narrow. */
  wide?: boolean;
}

interface Props<T> {
  /** What the table shows, for screen readers. */
  label: string;
  columns: readonly DataColumn<T>[];
  rows: readonly T[];
  rowId: (row: T) => string;
  /** Enter or a click on a row. Give the first cell a link too when a row leads to another page. */
  onOpen?: (row: T) => void;
  /** The row whose panel is open. */
  selected?: string | undefined;
  /** When the server sorts: the order, and what a click on a head asks for. Without it rows are sorted here. */
  sorting?: { state: SortingState; onChange: (next: SortingState) => void };
  /** Shown data may be old (the connection is lost). */
  stale?: boolean;
}

/** A table of some dozens of rows. Arrow keys move through rows that can be opened, Enter opens. */
export function DataTable<T>({ label, columns, rows, rowId, onOpen, selected, sorting, stale = false }: Props<T>) {
  const [ownSorting, setOwnSorting] = useState<SortingState>([]);
  const [active, setActive] = useState(0);
  const body = useRef<HTMLTableSectionElement>(null);
  const state = sorting?.state ?? ownSorting;
  const defs = useMemo(() => columns.map(definition), [columns]);
  const table = useReactTable({
    data: rows as T[],
    columns: defs,
    getRowId: rowId,
    state: { sorting: state },
    onSortingChange: (next) => (sorting?.onChange ?? setOwnSorting)(typeof next === 'function' ? next(state) : next),
    manualSorting: sorting !== undefined,
    enableSortingRemoval: false,
    getCoreRowModel: getCoreRowModel(),
    getSortedRowModel: getSortedRowModel(),
  });
  const shown = table.getRowModel().rows;

  function press(event: KeyboardEvent<HTMLTableRowElement>, index: number, row: T) {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter') onOpen?.(row);
    const next = rowAfterKey(event.key, index, shown.length, 10);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    body.current?.querySelectorAll<HTMLElement>(':scope > tr')[next]?.focus();
  }

  return (
    <div className={classes.frame} data-stale={stale || undefined}>
      <table aria-label={label} className={classes.table}>
        <thead>
          {table.getHeaderGroups().map((group) => (
            <tr key={group.id}>
              {group.headers.map((header) => (
                <HeadCell key={header.id} header={header} />
              ))}
            </tr>
          ))}
        </thead>
        <tbody ref={body}>
          {shown.map((row, index) => (
            <tr
              key={row.id}
              className={classes.row}
              aria-selected={onOpen && selected !== undefined ? row.id === selected : undefined}
              data-opens={onOpen ? true : undefined}
              tabIndex={onOpen ? (index === Math.min(active, shown.length - 1) ? 0 : -1) : undefined}
              onFocus={() => setActive(index)}
              onKeyDown={(event) => press(event, index, row.original)}
              onClick={(event) => {
                // A link, a button or a field in the row does its own work.
                if (!(event.target as Element).closest('a, button, input, label')) onOpen?.(row.original);
              }}
            >
              {row.getVisibleCells().map((cell) => (
                <td key={cell.id} {...cell.column.columnDef.meta}>
                  {flexRender(cell.column.columnDef.cell, cell.getContext())}
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </div>
  );
}

function definition<T>({ id, header, cell, sortBy, align, wide }: DataColumn<T>): ColumnDef<T> {
  return {
    id,
    header,
    cell: ({ row }) => cell(row.original),
    enableSorting: sortBy !== undefined,
    ...(sortBy ? { accessorFn: sortBy } : {}),
    meta: { 'data-align': align, 'data-wide': wide },
  };
}
