import { Anchor, Group, Skeleton, Stack, Tabs } from '@mantine/core';
import { Link, useParams, useSearchParams } from 'react-router';
import { BatchBadge, ErrorState, PageHeader, StatusBadge, useUrlState, When } from '@/kit';
import type { BatchView } from '@/kit/api';
import { number, phone } from '@/kit/format';
import { lazyPart } from '@/kit/lazy';
import { batch as words } from '@/text/en/batch';
import { BatchActions } from './actions/BatchActions';
import classes from './BatchPage.module.css';
import { CutCalls } from './CutCalls';
import { DialingPanel } from './dialing/DialingPanel';
import { Forecast } from './dialing/Forecast';
import { Conversations } from './progress/Conversations';
import { ProgressPanel } from './progress/ProgressPanel';
import { Results } from './progress/Results';
import { Rounds } from './progress/Rounds';
import { RecipientPanel } from './recipients/RecipientPanel';
import { RecipientTable } from './recipients/RecipientTable';
import { Rejections } from './Rejections';
import { SeriesPanel } from './series/SeriesPanel';
import { SettingsSummary } from './SettingsSummary';
import { batchZone } from '../state';
import { useAgentName } from '../useAgentName';
import { useBatch } from './useBatch';

const EditBatchDrawer = lazyPart(async () => (await import('../new')).EditBatchDrawer);

/** What of the page is in the address. */
const defaults = { tab: 'recipients', series: 'chart', status: '', outcome: '', digits: '', result: '', q: '', recipient: '' };
const tabs = ['recipients', 'rejections', 'settings'] as const;

/** One batch, as it goes on. */
export function BatchPage() {
  const { id = '' } = useParams();
  const { data, error, refetch, stale } = useBatch(id);
  if (data) return <Loaded key={id} batch={data} stale={stale} />;
  if (error) {
    return (
      <>
        <PageHeader title={words.back} above={<Back />} />
        <ErrorState error={error} onRetry={() => void refetch()} />
      </>
    );
  }
  return (
    <Stack>
      <Skeleton height={56} />
      <Skeleton height={130} />
      <Skeleton height={380} />
    </Stack>
  );
}

function Loaded({ batch, stale }: { batch: BatchView; stale: boolean }) {
  const [view, setView] = useUrlState(defaults);
  const [params] = useSearchParams();
  const tab = tabs.find((known) => known === view.tab) ?? 'recipients';
  
  return (
    <>
      <PageHeader
        title={batch.name}
        badge={<BatchBadge status={batch.status} />}
        above={<Back />}
        below={<About batch={batch} />}
        actions={<BatchActions batch={batch} />}
      />
      <div className={classes.page}>
        <CutCalls batch={batch} onShow={() => setView({ outcome: 'interrupted', status: '', q: '', tab: 'recipients' })} />
        <div className={stale ? classes.stale : undefined}>
          <ProgressPanel batch={batch} shown={view.status} onShow={(status) => setView({ status, tab: 'recipients' })} />
        </div>
        <div className={classes.overview}>
          <SeriesPanel id={batch.id} shown={view.series === 'table' ? 'table' : 'chart'} onShow={(series) => setView({ series })} />
          <aside className={classes.side}>
            <DialingPanel batch={batch} />
            <Forecast batch={batch} />
            <Rounds rounds={batch.progress.rounds} />
            <Conversations batch={batch} />
            {batch.results.length > 0 && <Results results={batch.results} shown={view.result} onShow={(result) => setView({ result, tab: 'recipients' })} />}
          </aside>
        </div>
        <Tabs value={tab} onChange={(next) => setView({ tab: next ?? 'recipients' })} keepMounted={false} className={classes.tabs}>
          <Tabs.List aria-label={words.tabs.label} mb="md">
            <Tabs.Tab value="recipients">
              {words.tabs.recipients}
              <span className={classes.count}>{number(batch.progress.total)}</span>
            </Tabs.Tab>
            <Tabs.Tab value="rejections">{words.tabs.rejections}</Tabs.Tab>
            <Tabs.Tab value="settings">{words.tabs.settings}</Tabs.Tab>
          </Tabs.List>
          <Tabs.Panel value="recipients">
            <RecipientTable batch={batch} view={view} stale={stale} onChange={setView} onOpen={(recipient) => setView({ recipient }, { push: true })} />
          </Tabs.Panel>
          <Tabs.Panel value="rejections">
            <Rejections id={batch.id} />
          </Tabs.Panel>
          <Tabs.Panel value="settings">
            <SettingsSummary batch={batch} />
          </Tabs.Panel>
        </Tabs>
      </div>
      {params.has('edit') && (
        <EditBatchDrawer id={batch.id} />
      )}
      <RecipientPanel batch={batch} id={view.recipient} onClose={() => setView({ recipient: '' })} />
    </>
  );
}

function Back() {
  return (
    <Anchor component={Link} to="/batch-calls" inherit>
      {words.back}
    </Anchor>
  );
}

function About({ batch }: { batch: BatchView }) {
  const at = batch.started_at ?? batch.starts_at;
  const agent = useAgentName(batch.agent_id);
  return (
    <Group gap="xs" className={classes.about}>
      {batch.test && <StatusBadge tone="quiet">{words.test}</StatusBadge>}
      <Anchor component={Link} to={`/agents/${batch.agent_id}`} inherit>
        {words.settings.agentVersion(agent, batch.agent_version)}
      </Anchor>
      {batch.file_name && <span>{batch.file_name}</span>}
      <span>{words.from(phone(batch.from_number))}</span>
      {at && (
        <span>
          {batch.started_at ? words.startedAt : words.startsAt} <When at={at} zone={batchZone(batch)} />
        </span>
      )}
    </Group>
  );
}
