import { Select, Text } from '@mantine/core';
import { useState } from 'react';
import type { GroupView } from '@/kit/api';
import { MayButton } from '@/kit/access/MayButton';
import { destinations } from '@/text/en/settings/destinations';
import classes from './PresetBar.module.css';
import { countryName, homeCountry, presetSwitches, type Preset, type Switches } from './presets';
import { useCountries } from './useCountries';

const text = destinations.presets;

interface Props {
  groups: readonly GroupView[];
  /** Its country is offered as home. */
  callerId: string | undefined;
  onPreset: (switches: Switches) => void;
}

/** Marks in one go what most workspaces want. */
export function PresetBar({ groups, callerId, onPreset }: Props) {
  const [picked, setPicked] = useState<string | null>(null);
  const countries = useCountries();
  const home = picked ?? homeCountry(callerId ?? '', groups) ?? 'US';
  const button = (preset: Preset, label: string) => (
    <MayButton needs="admin" variant="default" size="compact-sm" onClick={() => onPreset(presetSwitches(preset, groups, home))}>
      {label}
    </MayButton>
  );
  return (
    <div className={classes.presets}>
      <Text span size="sm" fw={600}>
        {text.label}
      </Text>
      <Select
        aria-label={text.homeCountry}
        size="xs"
        w={150}
        data={countries}
        value={home}
        onChange={setPicked}
        searchable
        allowDeselect={false}
      />
      {button('home', text.home(countryName(home)))}
      {button('europe', text.europe)}
      {button('ordinary', text.ordinary)}
      <Text size="xs" className={classes.help}>
        {text.help}
      </Text>
    </div>
  );
}
