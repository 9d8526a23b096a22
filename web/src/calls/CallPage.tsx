import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** One call. */
export function CallPage() {
  return <PageHeader title={app.pages.calls} />;
}
