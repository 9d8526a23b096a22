import { PageHeader } from '@/kit';
import { app } from '@/text/en/app';

/** One agent. */
export function AgentPage() {
  return <PageHeader title={app.pages.agents} />;
}
