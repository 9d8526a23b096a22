import { SegmentedControl } from '@mantine/core';
import { PageHeader, useSession, useUrlState } from '@/kit';
import { About } from '@/kit/About';
import { NeedsScope } from '@/kit/access/NeedsScope';
import { audit } from '@/text/en/settings/audit';
import { AuditTable } from './AuditTable';

const defaults = { all: false, entry: '' };

/** Who changed what; for the operator also in all workspaces. */
export function AuditPage() {
  const { scope } = useSession();
  const [view, setView] = useUrlState(defaults);
  const all = view.all && scope === 'operator';
  const whose = (
    <SegmentedControl
      aria-label={audit.of.label}
      size="xs"
      data={[
        { value: 'own', label: audit.of.own },
        { value: 'all', label: audit.of.all },
      ]}
      value={all ? 'all' : 'own'}
      onChange={(value) => setView({ all: value === 'all', entry: '' })}
    />
  );
  return (
    <>
      <PageHeader title={audit.title} below={<About>{audit.about}</About>} actions={scope === 'operator' && whose} />
      <NeedsScope scope="admin">
        <AuditTable all={all} />
      </NeedsScope>
    </>
  );
}
