import { describe, expect, it } from 'vitest';
import { valueDiff } from './valueDiff';

describe('valueDiff', () => {
  it('names the places that changed and counts the others', () => {
    const before = { name: 'carrier', max_calls: 10, retry: { max_retries: 1, wait_minutes: 5 } };
    const after = { name: 'carrier', max_calls: 20, retry: { max_retries: 2, wait_minutes: 5 } };
    expect(valueDiff(before, after)).toEqual({
      changes: [
        { path: 'max_calls', before: '10', after: '20' },
        { path: 'retry.max_retries', before: '1', after: '2' },
      ],
      same: 2,
    });
  });

  it('takes null for what is not there', () => {
    expect(valueDiff({ ends_at: null }, { ends_at: '2026-12-01T09:00:00Z' }).changes).toEqual([
      { path: 'ends_at', before: undefined, after: '2026-12-01T09:00:00Z' },
    ]);
    expect(valueDiff(null, { name: 'new' }).changes).toEqual([{ path: 'name', before: undefined, after: 'new' }]);
  });

  it('tells an empty text from none, and a text from the same-looking number only by its place', () => {
    expect(valueDiff({ label: null }, { label: '' }).changes).toEqual([{ path: 'label', before: undefined, after: '' }]);
  });

  it('shows a list of plain values as one, and goes into a list of things', () => {
    expect(valueDiff({ codecs: ['PCMU'] }, { codecs: ['PCMU', 'PCMA'] }).changes).toEqual([{ path: 'codecs', before: 'PCMU', after: 'PCMU, PCMA' }]);
    expect(valueDiff({ documents: [{ name: 'a' }] }, { documents: [{ name: 'b' }] }).changes).toEqual([{ path: 'documents.1.name', before: 'a', after: 'b' }]);
  });
});
