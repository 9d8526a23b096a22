import { Alert, Anchor, Select, Stack, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { ErrorState } from '@/kit';
import { api, fieldErrors, ok, type AgentView, type VersionView } from '@/kit/api';
import { phone } from '@/kit/format';
import { defaultNumber, numbersQuery, workspaceQuery } from '@/numbers/queries';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { agents } from '@/text/en/agents';
import classes from './TestCallForm.module.css';
import { askedFor, batchOfOne, refusedNumber } from './testCall';
import { draftOf } from './version';

interface Props {
  agent: AgentView;
  versions: readonly VersionView[];
  /** The version that the page shows. */
  shown: number | undefined;
  onStarted: (batchId: string) => void;
}

/** What a test call needs to know. */
export function TestCallForm({ agent, versions, shown, onStarted }: Props) {
  const numbers = useQuery(numbersQuery);
  const workspace = useQuery(workspaceQuery);
  const [picked, setPicked] = useState<string | null>(null);
  const [to, setTo] = useState('');
  const [number, setNumber] = useState(shown ?? agent.published_version ?? 0);
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});

  const version = versions.find((one) => one.number === number) ?? versions[0];
  const draft = version && draftOf(version);
  const from = picked ?? defaultNumber(numbers.data?.items ?? [], workspace.data)?.phone_number ?? '';
  const call = useChange(
    async () => {
      if (!version || !draft) throw new Error(agents.page.missing(number));
      const name = agents.test.name(agent.name, version.number);
      const body = batchOfOne({ name, agentId: agent.id, version: version.number, from, to, values }, draft);
      return ok(api.POST('/v1/batch-calls/from-list', { body }));
    },
    { touches: [['batches']], then: ({ id }) => onStarted(id) },
  );
  const errors = fieldErrors(call.error, ['/from_number', '/recipients', '/agent_version']);
  const refused = refusedNumber(call.error);
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        call.mutate(undefined);
      }}
    >
      <Stack gap="md">
        {call.error && !refused && <ErrorState error={call.error} mistakes={errors.rest} />}
        {refused && (
          <Alert color="red" role="alert" title={agents.test.notCalled}>
            {refused}
          </Alert>
        )}
        <TextInput
          label={agents.test.number}
          description={agents.test.numberHelp}
          placeholder="+14155550101"
          type="tel"
          value={to}
          onChange={(event) => setTo(event.currentTarget.value)}
          error={errors.at('/recipients')}
          data-autofocus
          required
        />
        <Select
          label={agents.test.from}
          data={(numbers.data?.items ?? []).map(({ phone_number, label }) => ({
            value: phone_number,
            label: [phone(phone_number), label].filter(Boolean).join(' · '),
          }))}
          value={from}
          onChange={setPicked}
          allowDeselect={false}
          error={errors.at('/from_number')}
        />
        {numbers.data?.items.length === 0 && (
          <Text size="sm">
            {agents.test.noNumbers}{' '}
            <Anchor component={Link} to="/phone-numbers" inherit>
              {agents.test.toNumbers}
            </Anchor>
          </Text>
        )}
        <Select
          label={agents.test.version}
          description={version?.status === 'draft' ? agents.test.draft : undefined}
          data={versions.map((one) => ({ value: String(one.number), label: one.status === 'draft' ? agents.list.newestDraft(one.number) : agents.list.version(one.number) }))}
          value={String(version?.number)}
          onChange={(value) => setNumber(Number(value))}
          allowDeselect={false}
          error={errors.at('/agent_version')}
        />
        {draft && askedFor(draft).length > 0 && (
          <fieldset className={classes.values}>
            <Text component="legend" fw={600} mb={6}>
              {agents.test.values}
            </Text>
            <Stack gap="xs">
              {askedFor(draft).map((name) => (
                <TextInput
                  key={name}
                  label={name}
                  value={values[name] ?? ''}
                  placeholder={Object.hasOwn(draft.variables, name) ? agents.test.hasDefault(draft.variables[name] ?? '') : undefined}
                  onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
                />
              ))}
            </Stack>
          </fieldset>
        )}
        <MayButton needs="operate" type="submit" loading={call.isPending}>
          {agents.test.submit}
        </MayButton>
      </Stack>
    </form>
  );
}
