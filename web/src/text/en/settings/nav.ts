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
  also: {
    telephony: 'trunks carriers destinations countries network groups',
    limits: 'concurrency calls at once',
    kyc: 'regulated countries documents',
    suppressions: 'do not call numbers',
    privacy: 'retention erase a person',
    webhooks: 'endpoints deliveries',
    keys: 'tokens access',
    audit: 'who changed what',
    operator: 'workspaces rules',
  },
} as const;
