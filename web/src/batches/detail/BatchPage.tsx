import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** One batch. */
export function BatchPage() {
  return <PageHeader title={app.pages.batches} />;
}
