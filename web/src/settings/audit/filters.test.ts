import { describe, expect, it } from 'vitest';
import { noFilters, queryOf } from './filters';

describe('the filters of the audit log', () => {
  it('ask only for what is set', () => {
    expect(queryOf({ ...noFilters })).toEqual({});
    expect(queryOf({ ...noFilters, actor: ' cli ', action: 'trunk.updated' })).toEqual({ actor: 'cli', action: 'trunk.updated' });
  });

  it('take whole days of the reader, both included', () => {
    const { since = '', until = '' } = queryOf({ ...noFilters, since: '2026-11-23', until: '2026-11-23' });
    expect(new Date(since)).toEqual(new Date(2026, 10, 23));
    expect(new Date(until)).toEqual(new Date(2026, 10, 24));
  });

  it('leave out what is no day', () => {
    expect(queryOf({ ...noFilters, since: 'yesterday' })).toEqual({});
  });
});
