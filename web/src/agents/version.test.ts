import { describe, expect, it } from 'vitest';
import { bodyOf, changesBetween, draftOf, emptyDraft, sameDraft } from './version';

describe('a draft', () => {
  it('is what the version says, with defaults for the rest', () => {
    const draft = draftOf({ first_message: 'Hello', engine: { type: 'script', lines: ['Well?'] } });
    expect(draft).toEqual({ ...emptyDraft, first_message: 'Hello', lines: ['Well?'] });
  });

  it('is sent as it was read', () => {
    const draft = { ...emptyDraft, first_message: 'Hello', lines: ['Well?'], variables: { day: 'soon' } };
    expect(draftOf(bodyOf(draft))).toEqual(draft);
  });

  it('leaves an empty number to the server', () => {
    expect(bodyOf({ ...emptyDraft, ring_timeout_s: '' })).not.toHaveProperty('ring_timeout_s');
  });
});

describe('changes', () => {
  it('are none between equal versions', () => {
    expect(changesBetween(emptyDraft, { ...emptyDraft, variables: {} })).toEqual([]);
    expect(sameDraft(emptyDraft, { ...emptyDraft, lines: [] })).toBe(true);
  });

  it('are texts, settings and defaults', () => {
    const before = { ...emptyDraft, lines: ['One', 'Two'], variables: { day: 'soon', name: 'you' } };
    const after = { ...emptyDraft, lines: ['One', 'Three'], ring_timeout_s: 15, variables: { day: 'today', place: 'here' } };
    expect(changesBetween(before, after)).toEqual([
      { kind: 'text', field: 'lines', before: 'One\nTwo', after: 'One\nThree' },
      { kind: 'setting', field: 'ring_timeout_s', before: 30, after: 15 },
      { kind: 'default', name: 'day', before: 'soon', after: 'today' },
      { kind: 'default', name: 'name', before: 'you', after: undefined },
      { kind: 'default', name: 'place', before: undefined, after: 'here' },
    ]);
  });

  it('see a default that is empty', () => {
    const after = { ...emptyDraft, variables: { day: '' } };
    expect(changesBetween(emptyDraft, after)).toEqual([{ kind: 'default', name: 'day', before: undefined, after: '' }]);
  });
});
