import { describe, expect, it } from 'vitest';
import { agents } from '@/text/en/agents';
import { canonical, languageOptions, voiceIn, voiceOptions } from './voices';

const languages = [
  { language: 'en-us', name: 'English (America)' },
  { language: 'de', name: 'German' },
];

describe('languages and voices', () => {
  it('are written as people write them', () => {
    expect(['en-us', 'de', 'en-us-nyc', 'es-419'].map(canonical)).toEqual(['en-US', 'de', 'en-US-nyc', 'es-419']);
  });

  it('keep what is chosen, in its own letters and when it is not listed', () => {
    const values = (chosen: string) => languageOptions(languages, chosen).map(({ value }) => value);
    expect(values('en-us')).toEqual(['en-us', 'de']);
    expect(values('en-US')).toEqual(['en-US', 'de']);
    expect(values('de-AT')).toEqual(['de-AT', 'en-US', 'de']);
    const list = { languages, variants: [{ variant: 'f3', name: 'female3', gender: 'female' }] };
    expect(voiceOptions(list, 'en-US', 'mb-en1')).toEqual([
      { value: '', label: agents.voices.own },
      { value: 'mb-en1', label: 'mb-en1' },
      { group: agents.voices.women, items: [{ value: 'en-us+f3', label: 'female3 · f3' }] },
      { group: agents.voices.men, items: [] },
    ]);
  });

  it('go to another language together', () => {
    expect(voiceIn('de', { language: 'en-US', voice: 'en-us+f3' })).toBe('de+f3');
    expect(voiceIn('de', { language: 'en-US', voice: 'en-gb+f3' })).toBe('en-gb+f3');
    expect(voiceIn('de', { language: 'en-US', voice: '' })).toBe('');
  });
});
