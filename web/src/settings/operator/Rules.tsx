import { Button, MultiSelect, NumberInput, Skeleton, Stack, Switch } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { ErrorState } from '@/kit';
import { api, fieldErrors, ok, type SettingsView } from '@/kit/api';
import { Section } from '@/kit/form/Section';
import { useChange } from '@/kit/form/useChange';
import { operator } from '@/text/en/settings/operator';
import { groupsOf } from '../telephony/groupsQuery';
import { useCountries } from '../telephony/useCountries';
import classes from './Rules.module.css';

const text = operator.rules;

/** The rules of the installation. */
export function Rules() {
  const query = useQuery({ queryKey: ['operator', 'settings'], queryFn: () => ok(api.GET('/v1/operator/settings')) });
  return (
    <Section title={text.title} about={text.about}>
      {query.isPending && <Skeleton height={240} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && <RulesForm settings={query.data} />}
    </Section>
  );
}

/** What can be left empty is null for the server, which takes a limit away. */
function fieldsOf({ home_countries, daily_attempts, daily_minutes, ...rest }: SettingsView) {
  return { ...rest, home_countries: home_countries ?? [], daily_attempts: daily_attempts ?? '', daily_minutes: daily_minutes ?? '' } as const;
}

function RulesForm({ settings }: { settings: SettingsView }) {
  const countries = useCountries();
  const groups = useQuery(groupsOf());
  const [fields, setFields] = useState(() => fieldsOf(settings));
  const change = (next: Partial<typeof fields>) => setFields((now) => ({ ...now, ...next }));
  const save = useChange(
    () => {
      const { home_countries, daily_attempts, daily_minutes, ...rest } = fields;
      const body = {
        ...rest,
        home_countries: home_countries.length > 0 ? home_countries : null,
        daily_attempts: daily_attempts === '' ? null : daily_attempts,
        daily_minutes: daily_minutes === '' ? null : daily_minutes,
      };
      return ok(api.PATCH('/v1/operator/settings', { body }));
    },
    { touches: [['operator', 'settings'], ['kyc']], done: () => text.done },
  );
  const errors = fieldErrors(save.error, Object.keys(fields).map((name) => `/${name}`));
  const limit = (name: 'daily_attempts' | 'daily_minutes') => ({
    description: text.noLimit,
    value: fields[name],
    error: errors.at(`/${name}`),
    allowDecimal: false,
    thousandSeparator: ',',
    min: 0,
    onChange: (value: string | number) => change({ [name]: value === '' ? '' : Number(value) }),
  });
  return (
    <form
      noValidate
      onSubmit={(event) => {
        event.preventDefault();
        save.mutate(undefined);
      }}
    >
      <Stack gap="md">
        {save.error && <ErrorState error={save.error} mistakes={errors.rest} />}
        <div className={classes.grid}>
          <MultiSelect
            label={text.regulated}
            description={text.regulatedHelp}
            data={countries}
            value={fields.regulated_countries}
            onChange={(regulated_countries) => change({ regulated_countries })}
            error={errors.at('/regulated_countries')}
            searchable
          />
          <MultiSelect
            label={text.home}
            description={text.homeHelp}
            data={countries}
            value={fields.home_countries}
            onChange={(home_countries) => change({ home_countries })}
            error={errors.at('/home_countries')}
            searchable
          />
          <NumberInput label={text.attempts} {...limit('daily_attempts')} />
          <NumberInput label={text.minutes} {...limit('daily_minutes')} />
        </div>
        <MultiSelect
          label={text.groups}
          description={text.groupsHelp}
          data={(groups.data ?? []).filter(({ operator_only }) => !operator_only).map(({ id, name }) => ({ value: id, label: name }))}
          value={fields.default_groups}
          onChange={(default_groups) => change({ default_groups })}
          error={errors.at('/default_groups')}
          searchable
          limit={50}
        />
        <Switch
          label={text.ownTrunks}
          checked={fields.limit_workspace_trunks}
          onChange={(event) => change({ limit_workspace_trunks: event.currentTarget.checked })}
        />
        <div>
          <Button type="submit" loading={save.isPending}>
            {text.save}
          </Button>
        </div>
      </Stack>
    </form>
  );
}
