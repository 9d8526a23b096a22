import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** Every call. */
export function CallListPage() {
  return <PageHeader title={app.pages.calls} />;
}
