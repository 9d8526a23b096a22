import { Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link, useParams } from 'react-router';
import { ErrorState, PageHeader } from '@/kit';
import { api, ok, type WorkspaceDetail } from '@/kit/api';
import { number } from '@/kit/format';
import { defaultNumber } from '@/numbers/queries';
import { About } from '@/kit/About';
import { NeedsScope } from '@/kit/access/NeedsScope';
import { Section } from '@/kit/form/Section';
import { destinations } from '@/text/en/settings/destinations';
import { operator } from '@/text/en/settings/operator';
import { ConcurrencyForm } from '../limits/ConcurrencyForm';
import { Destinations } from '../telephony/Destinations';
import { numbersOf, workspaceOf } from './queries';
import { WorkspaceNumbers } from './WorkspaceNumbers';

const text = operator.workspace;

/** What the operator gives one workspace. */
export function WorkspacePage() {
  const { id = '' } = useParams();
  return (
    <NeedsScope scope="operator">
      <Workspace key={id} id={id} />
    </NeedsScope>
  );
}

function Workspace({ id }: { id: string }) {
  const query = useQuery(workspaceOf(id));
  const up = (
    <Anchor component={Link} to="/settings/operator" inherit>
      {text.up}
    </Anchor>
  );
  if (query.isPending) return <Skeleton height={300} />;
  if (query.isError) {
    return (
      <>
        <PageHeader title={operator.workspaces.title} above={up} />
        <ErrorState error={query.error} onRetry={() => void query.refetch()} />
      </>
    );
  }
  const { name, today } = query.data;
  return (
    <>
      <PageHeader title={name} above={up} below={<About>{text.today(number(today.attempts), number(today.minutes))}</About>} />
      <Grants workspace={query.data} />
    </>
  );
}

function Grants({ workspace }: { workspace: WorkspaceDetail }) {
  const { id, max_concurrent_calls } = workspace;
  const numbers = useQuery(numbersOf(id));
  return (
    <>
      <Section title={text.calls} about={text.callsAbout}>
        <ConcurrencyForm
          key={max_concurrent_calls}
          now={max_concurrent_calls}
          needs="operator"
          save={(most) => ok(api.PATCH('/v1/operator/workspaces/{id}', { params: { path: { id } }, body: { max_concurrent_calls: most } }))}
        />
      </Section>
      <WorkspaceNumbers workspace={workspace} />
      <Destinations about={destinations.aboutOther} workspace={id} callerId={defaultNumber(numbers.data?.items ?? [], workspace)?.phone_number} />
    </>
  );
}
