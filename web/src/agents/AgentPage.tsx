import { Anchor, Skeleton, Tabs } from '@mantine/core';
import { IconMicrophone, IconPhoneOutgoing } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link, useParams } from 'react-router';
import { EmptyState, ErrorState, PageHeader, StatusBadge, useUrlState } from '@/kit';
import { MayButton } from '@/kit/access/MayButton';
import { lazyPart } from '@/kit/lazy';
import { agents as text } from '@/text/en/agents';
import { talk } from '@/text/en/talk';
import { AgentMenu } from './AgentMenu';
import { CompareTab } from './CompareTab';
import { agentQuery, versionsQuery } from './queries';
import { TestCallPanel } from './TestCallPanel';
import { VersionsTab } from './VersionsTab';
import { VersionTab } from './VersionTab';

/** `version` 0 is the newest; `call` is the panel for a test call, `test` the batch that it started; `talk` the panel to talk with it. */
const defaults = { tab: 'version', version: 0, from: 0, to: 0, call: false, test: '', talk: false };

const TalkPanel = lazyPart(async () => (await import('./talk/TalkPanel')).TalkPanel);

/** One agent: its versions, and a call to try it. */
export function AgentPage() {
  const { id = '' } = useParams();
  const [view, setView] = useUrlState(defaults);
  const [dirty, setDirty] = useState(false);
  const agent = useQuery(agentQuery(id));
  const versions = useQuery(versionsQuery(id));
  const error = agent.error ?? versions.error;
  const up = (
    <Anchor component={Link} to="/agents" inherit>
      {text.page.up}
    </Anchor>
  );
  if (error) {
    return (
      <>
        <PageHeader title={text.title} above={up} />
        <ErrorState error={error} onRetry={() => void Promise.all([agent.refetch(), versions.refetch()])} />
      </>
    );
  }
  if (!agent.data || !versions.data) return <Skeleton height={400} />;

  const { name, published_version } = agent.data;
  const version = versions.data.find(({ number }) => number === (view.version || versions.data[0]?.number));
  const published = versions.data.find(({ number }) => number === published_version);
  const openVersion = (number: number) => setView({ tab: 'version', version: number }, { push: true });
  return (
    <>
      <PageHeader
        title={name}
        above={up}
        badge={published && <StatusBadge tone="good">{text.option(published.number, text.status.published.toLowerCase())}</StatusBadge>}
        actions={
          <>
            <MayButton
              needs="operate"
              variant="default"
              leftSection={<IconMicrophone size={16} aria-hidden />}
              refusal={dirty && version?.status === 'draft' ? text.page.saveFirst : undefined}
              onClick={() => setView({ talk: true }, { push: true })}
            >
              {talk.button}
            </MayButton>
            <MayButton
              needs="operate"
              variant="default"
              leftSection={<IconPhoneOutgoing size={16} aria-hidden />}
              refusal={dirty && version?.status === 'draft' ? text.page.saveFirst : undefined}
              onClick={() => setView({ call: true }, { push: true })}
            >
              {text.page.call}
            </MayButton>
            <AgentMenu agent={agent.data} />
          </>
        }
      />
      <Tabs value={view.tab} onChange={(tab) => setView({ tab: tab ?? 'version' })} keepMounted={false}>
        <Tabs.List aria-label={text.page.tabsLabel} mb="md">
          <Tabs.Tab value="version">{text.page.tabs.version}</Tabs.Tab>
          <Tabs.Tab value="versions">{text.page.tabs.versions}</Tabs.Tab>
          <Tabs.Tab value="compare">{text.page.tabs.compare}</Tabs.Tab>
        </Tabs.List>
        <Tabs.Panel value="version">
          {version ? (
            <VersionTab agentId={id} version={version} versions={versions.data} published={published} onVersion={openVersion} onDirty={setDirty} />
          ) : (
            <EmptyState title={text.page.missing(view.version)} />
          )}
        </Tabs.Panel>
        <Tabs.Panel value="versions">
          <VersionsTab versions={versions.data} onOpen={openVersion} />
        </Tabs.Panel>
        <Tabs.Panel value="compare">
          <CompareTab versions={versions.data} from={view.from} to={view.to} onChange={(change) => setView(change)} />
        </Tabs.Panel>
      </Tabs>
      {view.talk && version && <TalkPanel agentId={id} version={version} onClose={() => setView({ talk: false })} />}
      {view.call && (
        <TestCallPanel
          agent={agent.data}
          versions={versions.data}
          shown={version?.number}
          batchId={view.test}
          onStarted={(test) => setView({ test })}
          onClose={() => setView({ call: false, test: '' })}
        />
      )}
    </>
  );
}
