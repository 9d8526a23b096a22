import { PageHeader } from '@/kit';
import { About } from '@/settings/parts/About';
import { NeedsScope } from '@/settings/parts/NeedsScope';
import { audit } from '@/text/en/settings/audit';
import { AuditTable } from './AuditTable';

/** Who changed what. */
export function AuditPage() {
  return (
    <>
      <PageHeader title={audit.title} below={<About>{audit.about}</About>} />
      <NeedsScope scope="admin">
        <AuditTable />
      </NeedsScope>
    </>
  );
}
