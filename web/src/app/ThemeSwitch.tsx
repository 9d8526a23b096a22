import { SegmentedControl, useMantineColorScheme, type MantineColorScheme } from '@mantine/core';
import { app } from '@/text/en/app';

const themes: { value: MantineColorScheme; label: string }[] = [
  { value: 'light', label: app.theme.light },
  { value: 'dark', label: app.theme.dark },
  { value: 'auto', label: app.theme.auto },
];

/** Light, dark, or as the system is. */
export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return (
    <SegmentedControl
      aria-label={app.theme.label}
      size="xs"
      data={themes}
      value={colorScheme}
      onChange={setColorScheme}
    />
  );
}
