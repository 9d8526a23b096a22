import { IconPhone, IconPhoneCall, IconHistory, IconMessageChatbot, IconSettings } from '@tabler/icons-react';
import { app } from '@/text/en/app';

/** The pages of the sidebar, each with the key that goes there after `g`. */
export const pages = [
  { to: '/batch-calls', label: app.pages.batches, icon: IconPhoneCall, key: 'b' },
  { to: '/calls', label: app.pages.calls, icon: IconHistory, key: 'c' },
  { to: '/agents', label: app.pages.agents, icon: IconMessageChatbot, key: 'a' },
  { to: '/phone-numbers', label: app.pages.numbers, icon: IconPhone, key: 'n' },
  { to: '/settings', label: app.pages.settings, icon: IconSettings, key: 's' },
] as const;
