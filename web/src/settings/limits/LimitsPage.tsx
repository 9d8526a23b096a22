import { Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ErrorState, Facts, PageHeader, type Fact } from '@/kit';
import { api, ok } from '@/kit/api';
import { number } from '@/kit/format';
import { trunksQuery, workspaceQuery } from '@/numbers/queries';
import { Section } from '@/kit/form/Section';
import { limits as text } from '@/text/en/settings/limits';
import { ConcurrencyForm } from './ConcurrencyForm';
import classes from './LimitsPage.module.css';

/** How much may happen at once. */
export function LimitsPage() {
  const workspace = useQuery(workspaceQuery);
  return (
    <>
      <PageHeader title={text.title} />
      {workspace.isPending && <Skeleton height={160} />}
      {workspace.isError && <ErrorState error={workspace.error} onRetry={() => void workspace.refetch()} />}
      {workspace.data && (
        <Section title={text.workspace.title} about={text.workspace.about}>
          <ConcurrencyForm
            key={workspace.data.max_concurrent_calls}
            now={workspace.data.max_concurrent_calls}
            needs="admin"
            save={(max_concurrent_calls) => ok(api.PATCH('/v1/workspace', { body: { max_concurrent_calls } }))}
          />
        </Section>
      )}
      <Others />
    </>
  );
}

function Others() {
  const trunks = useQuery(trunksQuery);
  const facts: Fact[] = [
    ...(trunks.data?.items ?? []).map(({ name, max_calls, max_cps }): Fact => [text.others.trunk(name), text.others.trunkWords(number(max_calls), max_calls === 1, number(max_cps))]),
    [text.others.batch, text.others.batchWords],
    [text.others.daily, text.others.dailyWords],
  ];
  return (
    <Section title={text.others.title} about={text.others.about}>
      <div className={classes.others}>
        <Facts facts={facts} />
      </div>
      <Anchor component={Link} to="/settings/telephony" size="sm">
        {text.others.toTrunks}
      </Anchor>
    </Section>
  );
}
