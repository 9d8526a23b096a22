import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** The agents. */
export function AgentListPage() {
  return <PageHeader title={app.pages.agents} />;
}
