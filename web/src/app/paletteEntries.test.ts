import { expect, it } from 'vitest';
import { settingsPages } from '@/settings/pages';
import { matches } from './paletteEntries';

it('finds a page of the settings by what people call it', () => {
  const found = (query: string) => settingsPages.filter(matches(query)).map(({ to }) => to);
  expect(found('trunk')).toEqual(['telephony']);
  expect(found('Audit')).toEqual(['audit-log']);
  expect(found('do not call')).toEqual(['suppressions']);
  expect(found('erase person')).toEqual(['privacy']);
});
