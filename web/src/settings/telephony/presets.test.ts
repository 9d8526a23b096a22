import { describe, expect, it } from 'vitest';
import type { GroupView } from '@/kit/api';
import { byCountry, finds, homeCountry, presetSwitches, toggled } from './presets';

function group(id: string, calling_code: number, kind: string, more: Partial<GroupView> = {}): GroupView {
  const country = id.slice(0, 2).toUpperCase();
  return { id, name: `${country} – ${kind}`, country, calling_code, kind, operator_only: false, enabled: false, ...more };
}

const groups = [
  group('us-geographic-and-mobile', 1, 'geographic_and_mobile', { enabled: true }),
  group('us-toll-free', 1, 'toll_free', { enabled: true }),
  group('us-premium', 1, 'premium', { operator_only: true, enabled: true }),
  group('ca-geographic-and-mobile', 1, 'geographic_and_mobile'),
  group('de-geographic', 49, 'geographic'),
  group('de-mobile', 49, 'mobile'),
  group('de-premium', 49, 'premium', { operator_only: true }),
  group('001-881-satellite', 881, 'satellite', { country: null, operator_only: true }),
];

describe('presets', () => {
  it('switch only what is not as it should be', () => {
    expect([...presetSwitches('home', groups, 'US')]).toEqual([['us-toll-free', false]]);
    expect([...presetSwitches('home', groups, 'DE')]).toEqual([
      ['us-geographic-and-mobile', false],
      ['us-toll-free', false],
      ['de-geographic', true],
      ['de-mobile', true],
    ]);
  });

  it('never touch what only the operator enables', () => {
    for (const preset of ['home', 'europe', 'ordinary'] as const) {
      const ids = [...presetSwitches(preset, groups, 'US').keys()];
      expect(ids.filter((id) => id.includes('premium') || id.includes('satellite'))).toEqual([]);
    }
  });

  it('know Europe and everything ordinary', () => {
    expect(presetSwitches('europe', groups, 'US').get('de-mobile')).toBe(true);
    expect(presetSwitches('europe', groups, 'US').get('us-geographic-and-mobile')).toBe(false);
    expect([...presetSwitches('ordinary', groups, 'US')].filter(([, on]) => on).map(([id]) => id)).toEqual([
      'ca-geographic-and-mobile',
      'de-geographic',
      'de-mobile',
    ]);
  });
});

describe('a switch', () => {
  it('that is switched twice is none', () => {
    const [first] = groups as [GroupView];
    const once = toggled(new Map(), first);
    expect([...once]).toEqual([[first.id, false]]);
    expect(toggled(once, first).size).toBe(0);
  });
});

describe('the home country', () => {
  it('is that of the calling code, the largest one where countries share it', () => {
    expect(homeCountry('+4930123456', groups)).toBe('DE');
    expect(homeCountry('+14165550100', groups)).toBe('US');
    expect(homeCountry('+33123456789', groups)).toBeUndefined();
  });
});

describe('the list', () => {
  it('is by name of country, with what belongs to none at the end', () => {
    expect(byCountry(groups, 'International').map(({ name }) => name)).toEqual(['Canada', 'Germany', 'United States', 'International']);
  });

  it('is searched by country, calling code and kind, all words together', () => {
    const found = (q: string) => groups.filter((one) => finds(q, one, one.kind.replaceAll('_', ' '))).map(({ id }) => id);
    expect(found('germ')).toEqual(['de-geographic', 'de-mobile', 'de-premium']);
    expect(found('+49 mobile')).toEqual(['de-mobile']);
    expect(found('toll')).toEqual(['us-toll-free']);
    expect(found('zz')).toEqual([]);
  });
});
