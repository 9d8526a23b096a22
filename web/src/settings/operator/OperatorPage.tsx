import { Anchor } from '@mantine/core';
import { Link } from 'react-router';
import { PageHeader } from '@/kit';
import { About } from '@/kit/About';
import { NeedsScope } from '@/kit/access/NeedsScope';
import { operator } from '@/text/en/settings/operator';
import { CustomGroups } from './CustomGroups';
import { KycDecisions } from './KycDecisions';
import { Rules } from './Rules';
import { Workspaces } from './Workspaces';

/** What the operator decides for the whole installation. */
export function OperatorPage() {
  return (
    <>
      <PageHeader title={operator.title} below={
          <About>
            {operator.about}{' '}
            <Anchor component={Link} to="/settings/audit-log?all=true" inherit underline="always">
              {operator.audit}
            </Anchor>
          </About>
        }
       />
      <NeedsScope scope="operator">
        <KycDecisions />
        <Workspaces />
        <Rules />
        <CustomGroups />
      </NeedsScope>
    </>
  );
}
