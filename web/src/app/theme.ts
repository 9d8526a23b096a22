import { createTheme, type MantineColorsTuple } from '@mantine/core';
// vite.config.ts reads this file too, and knows no @/.
import { kit } from '../text/en/kit.ts';

/** The one accent: a calm blue whose sixth shade carries white text, and whose fourth reads on dark. */
const accent: MantineColorsTuple = [
  '#eef3fd', '#dae4f9', '#b3c8f1', '#89aaea', '#668fe3',
  '#4f7ede', '#3b6ad4', '#2f5fd0', '#234fb4', '#19429c',
];

/** Red that white text can stand on. */
const red: MantineColorsTuple = [
  '#fff0f0', '#ffdede', '#fcbcbc', '#fb9a9a', '#f87f7f',
  '#f26a6a', '#e03a3a', '#cf2b2b', '#b32222', '#981a1a',
];

export const theme = createTheme({
  colors: { accent, red },
  primaryColor: 'accent',
  primaryShade: { light: 7, dark: 7 },
  defaultRadius: 'sm',
  cursorType: 'pointer',
  respectReducedMotion: true,
  fontFamily: 'system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", "Liberation Sans", sans-serif',
  fontFamilyMonospace: 'ui-monospace, "SF Mono", Menlo, Consolas, "Liberation Mono", monospace',
  fontSizes: { xs: '0.75rem', sm: '0.8125rem', md: '0.875rem', lg: '1rem', xl: '1.125rem' },
  headings: {
    fontWeight: '600',
    sizes: {
      h1: { fontSize: '1.375rem', lineHeight: '1.3' },
      h2: { fontSize: '1.0625rem', lineHeight: '1.35' },
      h3: { fontSize: '0.9375rem', lineHeight: '1.4' },
    },
  },
  components: {
    // Mantine locks scrolling with a <style> element, which the content security policy refuses;
    // app/global.css keeps the page in its place instead.
    Modal: { defaultProps: { lockScroll: false, closeButtonProps: { 'aria-label': kit.close } } },
    Drawer: { defaultProps: { lockScroll: false, closeButtonProps: { 'aria-label': kit.close } } },
    // A list that nobody opened need not be there; placing it makes the browser lay out the page.
    Combobox: { defaultProps: { keepMounted: false } },
    // A thing that has the focus and is no item does not belong into a menu.
    Menu: { defaultProps: { withInitialFocusPlaceholder: false } },
    Button: { defaultProps: { size: 'sm' } },
    Tooltip: { defaultProps: { withArrow: true, openDelay: 300 } },
  },
});
