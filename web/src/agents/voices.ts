import type { LanguageView, VoiceList } from '@/kit/api';
import { agents } from '@/text/en/agents';

export interface Option {
  value: string;
  label: string;
}

export interface OptionGroup {
  group: string;
  items: Option[];
}

/** A tag as it is usually written: countries in capitals. */
export function canonical(tag: string): string {
  return tag
    .split('-')
    .map((part, index) => (index > 0 && part.length === 2 ? part.toUpperCase() : part))
    .join('-');
}

/** The languages to choose from; one that is not listed is there while it is chosen. */
export function languageOptions(languages: readonly LanguageView[], chosen: string): Option[] {
  const options = languages.map(({ language, name }) => {
    const value = language === chosen.toLowerCase() ? chosen : canonical(language);
    return { value, label: `${name} · ${value}` };
  });
  options.sort((one, other) => one.label.localeCompare(other.label));
  const isListed = chosen === '' || options.some(({ value }) => value === chosen);
  return isListed ? options : [{ value: chosen, label: agents.voices.unlisted(chosen) }, ...options];
}

/** The voices of a language; '' is its own. One that is not among them is there while it is chosen. */
export function voiceOptions({ variants }: VoiceList, language: string, chosen: string): (Option | OptionGroup)[] {
  const of = (gender: string) =>
    variants
      .filter((variant) => variant.gender === gender)
      .map(({ variant, name }) => ({ value: `${language.toLowerCase()}+${variant}`, label: name === variant ? name : `${name} · ${variant}` }));
  const groups = [
    { group: agents.voices.women, items: of('female') },
    { group: agents.voices.men, items: of('male') },
  ];
  const isListed = chosen === '' || groups.some(({ items }) => items.some(({ value }) => value === chosen));
  return [{ value: '', label: agents.voices.own }, ...(isListed ? [] : [{ value: chosen, label: chosen }]), ...groups];
}

/** The voice for another language: the same variant of it. A voice that is not one of the language stays. */
export function voiceIn(language: string, { language: before, voice }: { language: string; voice: string }): string {
  const variant = voice.split('+')[1];
  return variant !== undefined && voice.toLowerCase() === `${before.toLowerCase()}+${variant.toLowerCase()}` ? `${language.toLowerCase()}+${variant}` : voice;
}
