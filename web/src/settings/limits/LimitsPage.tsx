import { Anchor, NumberInput, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { ErrorState, PageHeader } from '@/kit';
import { api, fieldErrors, ok, type WorkspaceView } from '@/kit/api';
import { number } from '@/kit/format';
import { trunksQuery, workspaceQuery } from '@/numbers/queries';
import { MayButton } from '@/settings/parts/MayButton';
import { useRefusal } from '@/settings/parts/scopes';
import { Section } from '@/settings/parts/Section';
import { useChange } from '@/settings/parts/useChange';
import { limits as text } from '@/text/en/settings/limits';
import classes from './LimitsPage.module.css';

/** How much may happen at once. */
export function LimitsPage() {
  const workspace = useQuery(workspaceQuery);
  return (
    <>
      <PageHeader title={text.title} />
      {workspace.isPending && <Skeleton height={160} />}
      {workspace.isError && <ErrorState error={workspace.error} onRetry={() => void workspace.refetch()} />}
      {workspace.data && <Concurrency key={workspace.data.max_concurrent_calls} workspace={workspace.data} />}
      <Others />
    </>
  );
}

function Concurrency({ workspace }: { workspace: WorkspaceView }) {
  const [value, setValue] = useState<number | ''>(workspace.max_concurrent_calls);
  const readOnly = useRefusal('admin') !== undefined;
  const save = useChange(() => ok(api.PATCH('/v1/workspace', { body: { max_concurrent_calls: value === '' ? null : value } })), {
    touches: [['workspace']],
    done: ({ max_concurrent_calls }) => text.workspace.done(number(max_concurrent_calls)),
  });
  const errors = fieldErrors(save.error, ['/max_concurrent_calls']);
  return (
    <Section title={text.workspace.title} about={text.workspace.about}>
      {save.error && <ErrorState error={save.error} mistakes={errors.rest} />}
      <form
        noValidate
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          save.mutate(undefined);
        }}
      >
        <NumberInput
          label={text.workspace.label}
          value={value}
          onChange={(next) => setValue(next === '' ? '' : Number(next))}
          min={0}
          thousandSeparator=","
          allowDecimal={false}
          clampBehavior="none"
          readOnly={readOnly}
          error={errors.at('/max_concurrent_calls')}
        />
        <MayButton needs="admin" type="submit" loading={save.isPending}>
          {text.workspace.save}
        </MayButton>
      </form>
      {value === 0 && <Text size="sm">{text.workspace.zero}</Text>}
    </Section>
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
