import type { GroupView } from '@/kit/api';

/** What is to be switched: group ids, and whether each is to be enabled. Only what would change. */
export type Switches = ReadonlyMap<string, boolean>;

const ordinaryKinds: readonly string[] = ['geographic', 'mobile', 'geographic_and_mobile'];

const europe: readonly string[] = (
  'AD AL AT AX BA BE BG BY CH CY CZ DE DK EE ES FI FO FR GB GG GI GR HR HU IE IM IS IT JE LI LT LU LV ' +
  'MC MD ME MK MT NL NO PL PT RO RS RU SE SI SJ SK SM UA VA XK'
).split(' ');

/** The largest of the countries that share a calling code. */
const mainCountries: Readonly<Record<number, string>> = {
  1: 'US', 7: 'RU', 39: 'IT', 44: 'GB', 47: 'NO', 61: 'AU', 212: 'MA', 262: 'RE', 290: 'SH', 358: 'FI', 590: 'GP', 599: 'CW',
};

/** Ordinary lines: what a person has at home or in a pocket, at an ordinary price. */
export function isOrdinary({ kind, operator_only }: GroupView): boolean {
  return !operator_only && ordinaryKinds.includes(kind);
}

export type Preset = 'home' | 'europe' | 'ordinary';

/** Whether a preset enables a group. */
export function presetWants(preset: Preset, group: GroupView, home: string): boolean {
  if (!isOrdinary(group)) return false;
  if (preset === 'home') return group.country === home;
  if (preset === 'europe') return europe.includes(group.country ?? '');
  return true;
}

/** What a preset switches. Groups that only the operator enables stay as they are. */
export function presetSwitches(preset: Preset, groups: readonly GroupView[], home: string): Switches {
  const switched = groups.filter((group) => !group.operator_only && group.enabled !== presetWants(preset, group, home));
  return new Map(switched.map(({ id, enabled }) => [id, !enabled]));
}

/** A group switched once more; what is as it was is not switched. */
export function toggled(switches: Switches, { id, enabled }: GroupView): Switches {
  const next = new Map(switches);
  if (next.has(id)) next.delete(id);
  else next.set(id, !enabled);
  return next;
}

/** The country of a caller ID, as far as its calling code tells. */
export function homeCountry(e164: string, groups: readonly GroupView[]): string | undefined {
  const fitting = groups.filter(({ country, calling_code }) => country && e164.startsWith(`+${calling_code}`));
  const code = Math.max(...fitting.map(({ calling_code }) => calling_code));
  return mainCountries[code] ?? fitting.find(({ calling_code }) => calling_code === code)?.country ?? undefined;
}

const names = new Intl.DisplayNames('en', { type: 'region' });

export function countryName(code: string): string {
  return names.of(code) ?? code;
}

/** The countries of the groups, for a select, by name. */
export function countryOptions(groups: readonly GroupView[]): { value: string; label: string }[] {
  return [...new Set(groups.flatMap(({ country }) => country ?? []))]
    .map((code) => ({ value: code, label: countryName(code) }))
    .sort((a, b) => a.label.localeCompare(b.label));
}

/** The groups of one country, or of no country (`code` null), such as satellites. */
export interface CountryGroups {
  code: string | null;
  name: string;
  groups: GroupView[];
}

/** By country, in the order of their names; what belongs to no country is last. */
export function byCountry(groups: readonly GroupView[], international: string): CountryGroups[] {
  const countries = new Map<string | null, CountryGroups>();
  for (const group of groups) {
    const code = group.country ?? null;
    const of = countries.get(code) ?? { code, name: code === null ? international : countryName(code), groups: [] };
    of.groups.push(group);
    countries.set(code, of);
  }
  return [...countries.values()].sort((a, b) => Number(a.code === null) - Number(b.code === null) || a.name.localeCompare(b.name));
}

/** Whether a search finds a group: by country, code, calling code with its plus, or kind. Every word must fit. */
export function finds(q: string, group: GroupView, kind: string): boolean {
  const country = group.country ? `${countryName(group.country)} ${group.country}` : '';
  const text = `${country} +${group.calling_code} ${kind} ${group.name} ${group.id}`.toLowerCase();
  return q.toLowerCase().split(/\s+/).every((word) => text.includes(word));
}
