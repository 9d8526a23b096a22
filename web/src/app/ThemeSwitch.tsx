import { SegmentedControl, useMantineColorScheme, VisuallyHidden, type MantineColorScheme } from '@mantine/core';
import { IconDeviceDesktop, IconMoon, IconSun, type Icon } from '@tabler/icons-react';
import { app } from '@/text/en/app';

const themes: readonly [MantineColorScheme, Icon][] = [
  ['light', IconSun],
  ['dark', IconMoon],
  ['auto', IconDeviceDesktop],
];

const data = themes.map(([value, Picture]) => ({
  value,
  label: (
    <span title={app.theme[value]}>
      <Picture size={15} aria-hidden style={{ display: 'block', marginInline: 'auto' }} />
      <VisuallyHidden>{app.theme[value]}</VisuallyHidden>
    </span>
  ),
}));

/** Light, dark, or as the system is. */
export function ThemeSwitch() {
  const { colorScheme, setColorScheme } = useMantineColorScheme();
  return <SegmentedControl aria-label={app.theme.label} size="xs" fullWidth data={data} value={colorScheme} onChange={setColorScheme} />;
}
