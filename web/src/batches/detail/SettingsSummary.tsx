import { Anchor } from '@mantine/core';
import type { ReactNode } from 'react';
import { Link } from 'react-router';
import { Facts, When, type Fact } from '@/kit';
import type { BatchView, CallingHours, RetryPolicy } from '@/kit/api';
import { duration, number, phone, zoneName } from '@/kit/format';
import { batch as words } from '@/text/en/batch';
import { batchZone } from '../state';
import { useAgentName } from '../useAgentName';

const text = words.settings;

/** What the batch was told to do. */
export function SettingsSummary({ batch }: { batch: BatchView }) {
  const zone = batchZone(batch);
  const when = (at: string | null | undefined, otherwise?: string): ReactNode => (at ? <When at={at} zone={zone} /> : otherwise);
  const facts: readonly Fact[] = [
    [text.agent, <AgentName key="agent" id={batch.agent_id} version={batch.agent_version} />],
    [text.number, phone(batch.from_number)],
    [text.file, batch.file_name || text.noFile],
    [text.columns, batch.columns.join(', ')],
    [text.numbers, batch.header_row ? text.numbersBelow(batch.phone_column, number(batch.header_row)) : batch.phone_column],
    [text.map, Object.entries(batch.column_map).map(([placeholder, column]) => text.mapped(placeholder, column)).join(', ') || undefined],
    [text.created, when(batch.created_at)],
    [text.starts, when(batch.starts_at, text.startsNow)],
    [text.started, when(batch.started_at)],
    [text.ends, when(batch.ends_at, text.never)],
    [text.finished, when(batch.finished_at)],
    [text.hours, hoursOf(batch.calling_hours)],
    [text.retries, retriesOf(batch.retry)],
    [text.limits, batch.max_concurrent_calls ? number(batch.max_concurrent_calls) : text.asWorkspace],
    [text.weight, text.weightOf(number(batch.weight))],
    [text.country, batch.default_country ?? text.noCountry],
    [text.duplicates, batch.duplicates === 'reject' ? text.reject : text.allow],
  ];
  return <Facts facts={facts} wide />;
}

function AgentName({ id, version }: { id: string; version: number }) {
  const name = useAgentName(id);
  return (
    <Anchor component={Link} to={`/agents/${id}`} inherit>
      {text.agentVersion(name, version)}
    </Anchor>
  );
}

function hoursOf(hours: CallingHours | null | undefined): string {
  if (!hours) return text.always;
  const days = hours.days && hours.days.length < 7 ? hours.days.map((day) => text.days[day]).join(', ') : text.everyDay;
  return text.hoursIn(hours.start, hours.end, days, hours.time_zone === 'recipient' ? text.recipientZone : zoneName(hours.time_zone));
}

function retriesOf(retry: RetryPolicy): string {
  const max = retry.max_retries ?? 0;
  if (max === 0) return text.noRetries;
  const wait = retry.wait_minutes ? duration(retry.wait_minutes * 60) : text.atOnce;
  const kinds = Object.entries(text.retryKinds).flatMap(([key, name]) => (retry[key as keyof typeof text.retryKinds] ? [name] : []));
  return `${text.retriesAre(number(max), max === 1, wait)}, ${text.retryOn(kinds.join(', '))}`;
}
