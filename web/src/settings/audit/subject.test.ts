import { describe, expect, it } from 'vitest';
import { subjectWords } from './subject';

describe('what an entry of the audit log is about', () => {
  it('is said by its name of today, or by that of before when it is gone', () => {
    expect(subjectWords({ subject: 'trunk_3', before: { name: 'Old' }, after: { name: 'New' } })).toBe('New (trunk_3)');
    expect(subjectWords({ subject: 'trunk_3', before: { name: 'Old' }, after: null })).toBe('Old (trunk_3)');
    expect(subjectWords({ subject: 'number_1', after: { number: '+14155550100' } })).toMatch(/^\+1.*\(number_1\)$/);
  });

  it('is a number once, where that is its id too', () => {
    expect(subjectWords({ subject: '+14155550100', after: { number: '+14155550100' } })).toBe('+1 415 555 0100');
  });

  it('is its id where it has no name', () => {
    expect(subjectWords({ subject: 'workspace_1', after: { max_concurrent_calls: 7 } })).toBe('workspace_1');
    expect(subjectWords({ subject: 'trunk_3' })).toBe('trunk_3');
  });
});
