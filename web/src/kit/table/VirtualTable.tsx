import { useEffect, useId, useState, type KeyboardEvent, type MouseEvent, type ReactNode } from 'react';
import { kit } from '@/text/en/kit';
import { rowAfterKey } from './rowKeys';
import { useRowWindow } from './useRowWindow';
import classes from './VirtualTable.module.css';

export interface VirtualColumn<T> {
  id: string;
  header: string;
  /** A width of CSS grid that says how narrow it may be: `8rem`, `minmax(10rem, 1fr)`. */
  width: string;
  align?: 'right';
  cell: (row: T) => ReactNode;
}

interface Props<T> {
  /** What the table shows, for screen readers. */
  label: string;
  columns: readonly VirtualColumn<T>[];
  total: number;
  /** The row at an index from 0; undefined while it is being fetched. Must be quick. */
  row: (index: number) => T | undefined;
  /** Called when other rows come into sight: fetch them. */
  onRange: (first: number, last: number) => void;
  onOpen?: (row: T, index: number) => void;
  selected?: ((row: T) => boolean) | undefined;
  /** In pixels, or what CSS makes of it: `calc(100vh - 20rem)`. */
  height: number | string;
  stale?: boolean;
}

const rowHeight = 34;

/** A table of up to millions of rows, of which only those in sight exist. */
export function VirtualTable<T>({ label, columns, total, row, onRange, onOpen, selected, height, stale = false }: Props<T>) {
  const id = useId();
  const [active, setActive] = useState(0);
  const { frame, layer, bar, first, last, reveal, page } = useRowWindow(total, rowHeight);
  const template = { gridTemplateColumns: columns.map((column) => column.width).join(' '), minWidth: leastWidth(columns) };

  useEffect(() => {
    if (total > 0) onRange(first, last);
  }, [first, last, total, onRange]);

  function open(index: number) {
    const data = row(index);
    if (data !== undefined) onOpen?.(data, index);
  }

  function click(event: MouseEvent<HTMLElement>) {
    const target = event.target as Element;
    const clicked = target.closest<HTMLElement>('[data-index]')?.dataset.index;
    // A link or a button in the row does its own work.
    if (clicked === undefined || target.closest('a, button')) return;
    setActive(Number(clicked));
    open(Number(clicked));
  }

  function press(event: KeyboardEvent) {
    if (event.target !== event.currentTarget) return;
    if (event.key === 'Enter') open(active);
    const next = rowAfterKey(event.key, active, total, page);
    if (next === undefined) return;
    event.preventDefault();
    setActive(next);
    reveal(next);
  }

  const indices = total === 0 ? [] : Array.from({ length: last - first + 1 }, (_, offset) => first + offset);
  return (
    <div
      ref={frame}
      className={classes.frame}
      style={{ height }}
      role="grid"
      aria-label={label}
      aria-rowcount={total + 1}
      aria-activedescendant={active >= first && active <= last ? `${id}-${active}` : undefined}
      tabIndex={0}
      data-stale={stale || undefined}
      onKeyDown={press}
      onClick={click}
    >
      <div className={classes.head} role="row" aria-rowindex={1} style={template}>
        {columns.map((column) => (
          <div key={column.id} role="columnheader" data-align={column.align}>
            {column.header}
          </div>
        ))}
      </div>
      <div style={{ height: bar, minWidth: template.minWidth }} role="presentation">
        <div className={classes.window} role="presentation">
          <div ref={layer} role="presentation">
            {indices.map((index) => {
              const data = row(index);
              return (
                <div
                  key={index}
                  id={`${id}-${index}`}
                  className={classes.row}
                  style={template}
                  role="row"
                  aria-rowindex={index + 2}
                  aria-selected={data !== undefined && selected ? selected(data) : undefined}
                  data-active={index === active || undefined}
                  data-opens={onOpen ? true : undefined}
                  data-index={index}
                >
                  {columns.map((column, position) => (
                    <div key={column.id} role="gridcell" data-align={column.align}>
                      {data === undefined ? position === 0 && kit.table.loading : column.cell(data)}
                    </div>
                  ))}
                </div>
              );
            })}
          </div>
        </div>
      </div>
    </div>
  );
}

/** The width below which the table is scrolled sideways: the same for every row, whatever is in it. */
function leastWidth(columns: readonly { width: string }[]): string {
  return `calc(${columns.map(({ width }) => /^minmax\(([^,]+),/.exec(width)?.[1] ?? width).join(' + ')})`;
}
