import { Anchor, Skeleton } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { Link } from 'react-router';
import { ErrorState, PageHeader } from '@/kit';
import { api, ok } from '@/kit/api';
import { number } from '@/kit/format';
import { trunksQuery, workspaceQuery } from '@/numbers/queries';
import { Section } from '@/settings/parts/Section';
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
  return (
    <Section title={text.others.title} about={text.others.about}>
      <dl className={classes.others}>
        {(trunks.data?.items ?? []).map(({ id, name, max_calls, max_cps }) => (
          <Limit key={id} what={text.others.trunk(name)} words={text.others.trunkWords(number(max_calls), number(max_cps))} />
        ))}
        <Limit what={text.others.batch} words={text.others.batchWords} />
        <Limit what={text.others.daily} words={text.others.dailyWords} />
      </dl>
      <Anchor component={Link} to="/settings/telephony" size="sm">
        {text.others.toTrunks}
      </Anchor>
    </Section>
  );
}

function Limit({ what, words }: { what: string; words: string }) {
  return (
    <div>
      <dt>{what}</dt>
      <dd>{words}</dd>
    </div>
  );
}
