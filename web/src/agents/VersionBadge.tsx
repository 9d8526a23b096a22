import { StatusBadge } from '@/kit';
import { agents } from '@/text/en/agents';

/** Whether a version can still be edited. */
export function VersionBadge({ status }: { status: string }) {
  return status === 'published' ? <StatusBadge tone="good">{agents.status.published}</StatusBadge> : <StatusBadge tone="quiet">{agents.status.draft}</StatusBadge>;
}
