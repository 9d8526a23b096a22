/** Texts of the frame around the pages. */
export const app = {
  name: 'Campanile',
  pages: {
    batches: 'Batch Calls',
    calls: 'Call History',
    agents: 'Agents',
    numbers: 'Phone Numbers',
    settings: 'Settings',
  },
  skip: 'Skip to the content',
  navigation: 'Pages',
  menu: 'Menu',
  theme: { label: 'Theme', light: 'Light', dark: 'Dark', auto: 'System' },
} as const;
