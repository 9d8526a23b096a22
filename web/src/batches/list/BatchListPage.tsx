import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** The batches of the workspace. */
export function BatchListPage() {
  return <PageHeader title={app.pages.batches} />;
}
