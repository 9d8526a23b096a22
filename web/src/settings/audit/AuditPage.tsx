import { PageHeader } from '@/kit';
import { NeedsScope } from '@/settings/parts/NeedsScope';
import { audit } from '@/text/en/settings/audit';
import { AuditTable } from './AuditTable';

/** Who changed what. */
export function AuditPage() {
  return (
    <>
      <PageHeader title={audit.title} below={audit.about} />
      <NeedsScope scope="admin">
        <AuditTable />
      </NeedsScope>
    </>
  );
}
