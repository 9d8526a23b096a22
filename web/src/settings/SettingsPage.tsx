import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** The settings. */
export function SettingsPage() {
  return <PageHeader title={app.pages.settings} />;
}
