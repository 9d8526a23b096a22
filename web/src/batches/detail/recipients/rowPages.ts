import type { RecipientList, RecipientView } from '@/kit/api';
import type { LiveFact } from '@/kit/live';
import { patched, recipientOf } from './patch';

export const pageSize = 200;
/** Pages that are kept; the ones that were in sight longest ago are forgotten. */
export const mostPages = 30;
/** In milliseconds: scrolling has come to rest when no other rows came into sight for so long. */
export const restAfter = 70;

export interface Place {
  offset?: number;
  cursor?: string;
  limit: number;
}
export type FetchRows = (place: Place, signal: AbortSignal) => Promise<RecipientList>;

export interface RowsState {
  /** Rows that the table has; while more may follow than is known, some more than were found. */
  count: number;
  /** Whether `count` is all there is. */
  exact: boolean;
  /** Rows that were found. */
  known: number;
  error: unknown;
  /** Nothing came yet. */
  loading: boolean;
}

/**
 * The rows of a filter, in pages that are fetched when they are in sight and scrolling rests. With a
 * `total` from the server pages are fetched by offset, anywhere; without, one behind the other by cursor.
 */
export class RowPages {
  state: RowsState = { count: 0, exact: false, known: 0, error: undefined, loading: true };
  private readonly pages = new Map<number, RecipientView[]>();
  private readonly fetching = new Map<number, AbortController>();
  /** In cursor mode: where each page begins, as far as is known. */
  private cursors: (string | undefined)[] = [undefined];
  /** In cursor mode: how many rows there are, once the end was seen. */
  private end: number | undefined;
  private total: number | null | undefined;
  private inSight: [first: number, last: number] = [0, 0];
  private rest: ReturnType<typeof setTimeout> | undefined;
  /** What happened while a page was on its way, which may be older. */
  private heard: LiveFact[] = [];

  constructor(
    private readonly fetchRows: FetchRows,
    private readonly changed: () => void,
  ) {}

  /** Fetches the first page, or anew what is in sight; what is shown stays until the new rows are there. */
  refresh(): void {
    const [first, last] = this.pagesInSight();
    for (const page of [...this.pages.keys()]) if (page < first || page > last) this.pages.delete(page);
    for (const controller of this.fetching.values()) controller.abort();
    this.fetching.clear();
    for (let page = first; page <= last; page += 1) this.fetchPage(page);
  }

  close(): void {
    clearTimeout(this.rest);
    for (const controller of this.fetching.values()) controller.abort();
    this.fetching.clear();
  }

  row(index: number): RecipientView | undefined {
    return this.pages.get(Math.floor(index / pageSize))?.[index % pageSize];
  }

  /** Other rows came into sight. */
  see(first: number, last: number): void {
    this.inSight = [first, last];
    clearTimeout(this.rest);
    this.rest = setTimeout(() => this.fetchInSight(), restAfter);
  }

  /** What happened to recipients; rows that are held change in place. */
  hear(facts: readonly LiveFact[]): void {
    if (this.fetching.size > 0) this.heard.push(...facts);
    let any = false;
    for (const page of this.pages.values()) any = applyTo(page, facts) || any;
    if (any) this.changed();
  }

  private pagesInSight(): [number, number] {
    const [first, last] = this.inSight;
    const most = this.total === null || this.total === undefined ? this.cursors.length - 1 : Math.max(0, Math.ceil(this.total / pageSize) - 1);
    return [Math.min(Math.floor(first / pageSize), most), Math.min(Math.floor(last / pageSize), most)];
  }

  private fetchInSight(): void {
    const [first, last] = this.pagesInSight();
    // Where scrolling went on, nobody waits for these any more.
    for (const [page, controller] of this.fetching) {
      if (page >= first && page <= last) continue;
      controller.abort();
      this.fetching.delete(page);
    }
    for (let page = first; page <= last; page += 1) {
      const rows = this.pages.get(page);
      if (rows) {
        // Seen last, forgotten last.
        this.pages.delete(page);
        this.pages.set(page, rows);
      } else if (!this.fetching.has(page)) this.fetchPage(page);
    }
  }

  private fetchPage(page: number): void {
    const controller = new AbortController();
    this.fetching.set(page, controller);
    const from = this.heard.length;
    this.collect(page, controller.signal).then(
      (rows) => {
        if (controller.signal.aborted) return;
        applyTo(rows, this.heard.slice(from));
        this.keep(page, rows);
        this.done(page, undefined);
      },
      (error: unknown) => {
        if (!controller.signal.aborted) this.done(page, error);
      },
    );
  }

  /** A whole page. By cursor the server may answer with less than was asked for, and more behind it. */
  private async collect(page: number, signal: AbortSignal): Promise<RecipientView[]> {
    if (page > 0 && typeof this.total === 'number') {
      const answer = await this.fetchRows({ offset: page * pageSize, limit: pageSize }, signal);
      if (typeof answer.total === 'number') this.total = answer.total;
      return answer.items;
    }
    const rows: RecipientView[] = [];
    let cursor = this.cursors[page];
    for (;;) {
      const answer = await this.fetchRows({ ...(cursor === undefined ? {} : { cursor }), limit: pageSize - rows.length }, signal);
      if (page === 0 && rows.length === 0) this.total = answer.total ?? null;
      rows.push(...answer.items);
      cursor = answer.next_cursor ?? undefined;
      if (cursor === undefined || rows.length >= pageSize || typeof this.total === 'number') break;
    }
    if (typeof this.total !== 'number') {
      const before = this.cursors.slice(0, page + 1);
      this.cursors = cursor === undefined ? before : [...before, cursor, ...this.cursors.slice(page + 2)];
      this.end = cursor === undefined ? page * pageSize + rows.length : page + 2 === this.cursors.length ? undefined : this.end;
    }
    return rows;
  }

  private keep(page: number, rows: RecipientView[]): void {
    this.pages.delete(page);
    this.pages.set(page, rows);
    const [first, last] = this.pagesInSight();
    for (const held of this.pages.keys()) {
      if (this.pages.size <= mostPages) break;
      if (held < first || held > last) this.pages.delete(held);
    }
  }

  private done(page: number, error: unknown): void {
    this.fetching.delete(page);
    if (this.fetching.size === 0) this.heard = [];
    // By cursor: all pages but the last are whole, until the end is found.
    const whole = typeof this.total === 'number' ? this.total : this.end;
    const known = whole ?? (this.cursors.length - 1) * pageSize;
    this.state = { count: whole ?? known + pageSize, exact: whole !== undefined, known, error, loading: false };
    this.changed();
  }
}

/** Changes the rows of a page; whether there was anything to change. */
function applyTo(page: RecipientView[], facts: readonly LiveFact[]): boolean {
  const about = new Set(facts.map(recipientOf));
  let any = false;
  page.forEach((row, index) => {
    if (!about.has(row.id)) return;
    page[index] = facts.filter((fact) => recipientOf(fact) === row.id).reduce(patched, row);
    any = true;
  });
  return any;
}
