import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** The caller IDs. */
export function PhoneNumbersPage() {
  return <PageHeader title={app.pages.numbers} />;
}
