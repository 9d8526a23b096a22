import { useEffect, useMemo, useState } from 'react';
import { api, ok } from '@/kit/api';
import { useLive } from '@/kit/live';
import { meaningOf } from '../live';
import { throttle } from '@/kit/throttle';
import { narrows, type RecipientFilters } from './filters';
import { recipientFacts } from './patch';
import { RowPages } from './rowPages';

/** How often a filtered list, whose members come and go, is fetched again while things happen, in milliseconds. */
const refreshEvery = 2_000;

/** The recipients of a batch that fit the filters; they follow what happens to them. */
export function useRowPages(id: string, { status, outcome, digits, result, q }: RecipientFilters) {
  const [, setVersion] = useState(0);
  const pages = useMemo(() => {
    const query = { ...(status && { status }), ...(outcome && { outcome }), ...(digits && { digits }), ...(result && { result }), ...(q && { q }) };
    return new RowPages(
      (place, signal) => ok(api.GET('/v1/batch-calls/{id}/recipients', { params: { path: { id }, query: { ...query, ...place } }, signal })),
      () => setVersion((version) => version + 1),
    );
  }, [id, status, outcome, digits, result, q]);
  const refresh = useMemo(() => throttle(refreshEvery, () => pages.refresh()), [pages]);

  useEffect(() => {
    pages.refresh();
    return () => {
      refresh.cancel();
      pages.close();
    };
  }, [pages, refresh]);

  const filtered = narrows({ status, outcome, digits, result, q });
  useLive((events) => {
    const facts = recipientFacts(events);
    if (facts.length > 0) pages.hear(facts);
    if (meaningOf(events).rowsUnknown || (filtered && facts.length > 0)) refresh.ask();
  }, id);

  return pages;
}
