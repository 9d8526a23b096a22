import { nav } from '@/text/en/settings/nav';

/** The pages of the settings, in their order, with what else people look for when they mean them. */
export const settingsPages = [
  { to: 'telephony', label: nav.pages.telephony, also: nav.also.telephony },
  { to: 'limits', label: nav.pages.limits, also: nav.also.limits },
  { to: 'kyc', label: nav.pages.kyc, also: nav.also.kyc },
  { to: 'suppressions', label: nav.pages.suppressions, also: nav.also.suppressions },
  { to: 'privacy', label: nav.pages.privacy, also: nav.also.privacy },
  { to: 'webhooks', label: nav.pages.webhooks, also: nav.also.webhooks },
  { to: 'api-keys', label: nav.pages.keys, also: nav.also.keys },
  { to: 'audit-log', label: nav.pages.audit, also: nav.also.audit },
] as const;

/** Only an operator sees it. */
export const operatorPage = { to: 'operator', label: nav.pages.operator, also: nav.also.operator } as const;
