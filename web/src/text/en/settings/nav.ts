/** Texts of the frame of the settings. */
export const nav = {
  title: 'Settings',
  label: 'Settings',
  pages: {
    telephony: 'Telephony',
    limits: 'Limits',
    kyc: 'KYC',
    suppressions: 'Suppressions',
    privacy: 'Privacy',
    webhooks: 'Webhooks',
    keys: 'API keys',
    audit: 'Audit log',
    operator: 'Operator',
  },
} as const;
