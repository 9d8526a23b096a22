import { useMantineColorScheme, VisuallyHidden, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun, type Icon } from '@tabler/icons-react';
import { app } from '@/text/en/app';
import classes from './ThemeSwitch.module.css';

const themes: readonly [MantineColorScheme, Icon][] = [
  ['light', IconSun],
  ['dark', IconMoon],
  ['auto', IconDeviceDesktop],
];

/** Light, dark, or as the system is. */
export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <div role="radiogroup" aria-label={app.theme.label} className={classes.themes}>
      {themes.map(([theme, Picture]) => (
        <label key={theme} title={app.theme[theme]} className={classes.theme}>
          <input type="radio" name="theme" checked={theme === colorScheme} onChange={() => setColorScheme(theme)} />
          <Picture size={15} aria-hidden />
          <VisuallyHidden>{app.theme[theme]}</VisuallyHidden>
        </label>
      ))}
    </div>
  );
}
