import { Navigate, type RouteObject } from 'react-router';
import { createElement } from 'react';
import { lazyPage } from '@/kit/lazy';

export const settingsRoutes: RouteObject[] = [
  {
    path: 'settings',
    ...lazyPage(async () => (await import('./SettingsPage')).SettingsPage),
    children: [
      { index: true, element: createElement(Navigate, { to: 'telephony', replace: true }) },
      { path: 'telephony', ...lazyPage(async () => (await import('./telephony/TelephonyPage')).TelephonyPage) },
      { path: 'limits', ...lazyPage(async () => (await import('./limits/LimitsPage')).LimitsPage) },
      { path: 'kyc', ...lazyPage(async () => (await import('./kyc/KycPage')).KycPage) },
      { path: 'suppressions', ...lazyPage(async () => (await import('./suppressions/SuppressionsPage')).SuppressionsPage) },
      { path: 'privacy', ...lazyPage(async () => (await import('./privacy/PrivacyPage')).PrivacyPage) },
      { path: 'webhooks', ...lazyPage(async () => (await import('./webhooks/WebhooksPage')).WebhooksPage) },
      { path: 'webhooks/:id', ...lazyPage(async () => (await import('./webhooks/WebhookPage')).WebhookPage) },
      { path: 'api-keys', ...lazyPage(async () => (await import('./keys/KeysPage')).KeysPage) },
      { path: 'operator', ...lazyPage(async () => (await import('./operator/OperatorPage')).OperatorPage) },
      { path: 'operator/workspaces/:id', ...lazyPage(async () => (await import('./operator/WorkspacePage')).WorkspacePage) },
      { path: 'audit-log', ...lazyPage(async () => (await import('./audit/AuditPage')).AuditPage) },
    ],
  },
];
