import { describe, expect, it } from 'vitest';
import { allows, grantable } from './scopes';

describe('scopes', () => {
  it('include the weaker ones and not the stronger ones', () => {
    expect(allows('admin', 'operate')).toBe(true);
    expect(allows('admin', 'admin')).toBe(true);
    expect(allows('operate', 'admin')).toBe(false);
    expect(allows('admin', 'operator')).toBe(false);
  });

  it('let only an operator make operators, and only admins make keys', () => {
    expect(grantable('operator')).toEqual(['read', 'operate', 'admin', 'operator']);
    expect(grantable('admin')).toEqual(['read', 'operate', 'admin']);
    expect(grantable('operate')).toEqual([]);
  });
});
