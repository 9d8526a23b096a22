import { Button, SegmentedControl, Skeleton, Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { EmptyState, ErrorState, SearchField, useUrlState } from '@/kit';
import type { GroupView } from '@/kit/api';
import { number } from '@/kit/format';
import { MayButton } from '@/kit/access/MayButton';
import { Section } from '@/kit/form/Section';
import { useChange } from '@/kit/form/useChange';
import { destinations as text } from '@/text/en/settings/destinations';
import { CountryRow } from './CountryRow';
import classes from './Destinations.module.css';
import { groupsOf, switchGroups } from './groupsQuery';
import { PresetBar } from './PresetBar';
import { byCountry, finds, toggled, type Switches } from './presets';

const defaults = { q: '', show: 'all' };
const none: Switches = new Map();

interface Props {
  about: string;
  /** Another workspace, whose destinations the operator decides. */
  workspace?: string;
  /** The caller ID whose country is offered as home. */
  callerId: string | undefined;
}

/** Where managed trunks may call. What is switched is gathered, and saved in one go. */
export function Destinations({ about, workspace, callerId }: Props) {
  const [view, setView] = useUrlState(defaults);
  const query = useQuery(groupsOf(workspace));
  const [switches, setSwitches] = useState(none);
  const save = useChange(
    () => {
      const ids = (on: boolean) => [...switches].filter(([, to]) => to === on).map(([id]) => id);
      return switchGroups(workspace, ids(true), ids(false));
    },
    { touches: [['network-groups']], done: () => text.saved, then: () => setSwitches(none) },
  );
  const groups = query.data ?? [];
  const enabled = groups.filter((group) => group.enabled);
  const countries = new Set(enabled.map(({ country }) => country)).size;
  const shown = groups.filter(
    (group) => finds(view.q, group, text.kinds[group.kind] ?? group.kind) && (view.show !== 'enabled' || group.enabled) && (view.show !== 'changed' || switches.has(group.id)),
  );
  return (
    <Section title={text.title} about={about}>
      {query.isPending && <Skeleton height={300} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data && (
        <>
          <Text mb="sm">
            {enabled.length === 0 ? text.nothing : text.enabled(number(enabled.length), enabled.length !== 1, number(countries), countries !== 1)}
          </Text>
          <PresetBar groups={groups} callerId={callerId} onPreset={setSwitches} />
          <div className={classes.tools}>
            <SearchField aria-label={text.search} placeholder={text.search} value={view.q} onChange={(q) => setView({ q })} className={classes.search} />
            <SegmentedControl
              aria-label={text.filters.label}
              size="xs"
              data={[
                { value: 'all', label: text.filters.all },
                { value: 'enabled', label: text.filters.enabled },
                { value: 'changed', label: text.filters.changed },
              ]}
              value={view.show}
              onChange={(show) => setView({ show })}
            />
          </div>
          {shown.length === 0 && <EmptyState title={text.none}>{text.noneAbout}</EmptyState>}
          <ul className={classes.list}>
            {byCountry(shown, text.international).map((country) => (
              <CountryRow
                key={country.code}
                country={country}
                switches={switches}
                onToggle={(group: GroupView) => setSwitches((now) => toggled(now, group))}
              />
            ))}
          </ul>
          <Text size="xs" c="var(--text-quiet)" mt="xs">
            {text.costlyNote}
          </Text>
        </>
      )}
      {switches.size > 0 && (
        <div className={classes.bar} role="status">
          {save.error && <ErrorState error={save.error} />}
          <div className={classes.barLine}>
            <Text fw={600}>{changeWords(switches)}</Text>
            <Button variant="default" onClick={() => setSwitches(none)}>
              {text.discard}
            </Button>
            <MayButton needs="admin" loading={save.isPending} onClick={() => save.mutate(undefined)}>
              {text.save}
            </MayButton>
          </div>
        </div>
      )}
    </Section>
  );
}

function changeWords(switches: Switches): string {
  const on = [...switches.values()].filter(Boolean).length;
  return text.changes(number(on), number(switches.size - on));
}
