import { MantineThemeProvider, Text } from '@mantine/core';
import { useEffect, useState } from 'react';
import { ErrorState } from '@/kit';
import { api, fieldErrors, ok } from '@/kit/api';
import { useRefusal } from '@/kit/access/scopes';
import { Section } from '@/kit/form/Section';
import { useChange } from '@/kit/form/useChange';
import { agents as text } from '@/text/en/agents';
import { AbilityFields } from './AbilityFields';
import { AgentTestButton } from './AgentTestButton';
import { EngineFields } from './EngineFields';
import { pointersOf, type Part } from './fieldsOf';
import { LeaveGuard } from './LeaveGuard';
import { MannerFields } from './MannerFields';
import { NearPlaceholders } from './NearPlaceholders';
import { PlaceholderText } from './PlaceholderText';
import { Placeholders } from './Placeholders';
import { Preview } from './Preview';
import { PublishDialog } from './PublishDialog';
import { touchedBy } from './queries';
import { ResultsFields } from './ResultsFields';
import { SaysFields } from './SaysFields';
import { bodyOf, draftOf, sameDraft } from './version';
import classes from './VersionEditor.module.css';
import { stepTexts } from './steps/steps';
import { VersionBar } from './VersionBar';
import type { VersionTabProps } from './VersionTab';
import { VoicemailFields } from './VoicemailFields';

/** Fields that cannot be changed are grey. */
const fixedTheme = { components: { Input: { defaultProps: { variant: 'filled' } } } };
const editableTheme = {};

/** What a version says and does: editable while it is a draft. */
export function VersionEditor({ agentId, version, versions, published, onVersion, onDirty }: VersionTabProps) {
  const saved = draftOf(version);
  const [draft, setDraft] = useState(saved);
  const [publishing, setPublishing] = useState(false);
  const isDraft = version.status === 'draft';
  const readOnly = useRefusal('admin') !== undefined || !isDraft;
  const dirty = isDraft && !sameDraft(saved, draft);
  // A script does not read it; a text that is there already can be seen and deleted.
  const hasPrompt = draft.engine !== 'script' || saved.prompt !== '' || draft.prompt !== '';
  const path = { id: agentId, n: version.number };
  useEffect(() => {
    onDirty(dirty);
    return () => onDirty(false);
  }, [dirty, onDirty]);

  const put = () => ok(api.PUT('/v1/agents/{id}/versions/{n}', { params: { path }, body: bodyOf(draft) }));
  const save = useChange(put, { touches: touchedBy(agentId), done: () => text.editor.saved, then: (now) => setDraft(draftOf(now)) });
  const publish = useChange(
    async () => {
      if (dirty) await put();
      return ok(api.POST('/v1/agents/{id}/versions/{n}/publish', { params: { path } }));
    },
    { touches: touchedBy(agentId), done: () => text.publish.done(version.number), then: () => setPublishing(false) },
  );

  const error = publish.error ?? save.error;
  const errors = fieldErrors(error, pointersOf(draft));
  const part: Part = { draft, errors, readOnly, change: (change) => setDraft((now) => ({ ...now, ...change })) };
  return (
    <>
      <VersionBar
        agentId={agentId}
        version={version}
        versions={versions}
        dirty={dirty}
        saving={save.isPending}
        onSave={() => {
          publish.reset();
          save.mutate(undefined);
        }}
        onDiscard={() => {
          save.reset();
          publish.reset();
          setDraft(saved);
        }}
        onPublish={() => setPublishing(true)}
        onVersion={onVersion}
      />
      {error && !publishing && <ErrorState error={error} mistakes={errors.rest} />}
      <div className={classes.columns}>
        <div>
          <MantineThemeProvider theme={readOnly ? fixedTheme : editableTheme}>
            <Section title={text.engines.title}>
              <EngineFields {...part} secrets={version.secrets} />
              <AgentTestButton key={version.number} agentId={agentId} version={version.number} dirty={dirty} />
            </Section>
            {hasPrompt && (
              <Section title={text.editor.more}>
                <PlaceholderText
                  label={text.fields.prompt}
                  hideLabel
                  description={text.editor.promptHelp}
                  value={draft.prompt}
                  onChange={(prompt) => part.change({ prompt })}
                  error={errors.at('/prompt')}
                  readOnly={readOnly}
                  rows={3}
                />
              </Section>
            )}
            <Section title={text.editor.says}>
              <SaysFields {...part} />
            </Section>
            <Section title={text.editor.machine}>
              <VoicemailFields {...part} />
            </Section>
            <Section title={text.editor.manner}>
              <MannerFields {...part} />
            </Section>
            <Section title={text.results.title}>
              <ResultsFields {...part} />
            </Section>
            <Section title={text.abilities.title}>
              <AbilityFields {...part} />
            </Section>
          </MantineThemeProvider>
        </div>
        <div className={classes.aside}>
          {draft.engine === 'script' && draft.first_message.trim() === '' && [...draft.lines, ...stepTexts(draft.steps)].every((said) => said.trim() === '') && (
            <Text size="sm" className={classes.warning}>
              {text.editor.nothingSaid}
            </Text>
          )}
          <NearPlaceholders draft={draft} />
          <Placeholders {...part} />
          <Preview draft={draft} />
        </div>
      </div>
      {publishing && (
        <PublishDialog
          number={version.number}
          draft={draft}
          published={published}
          dirty={dirty}
          busy={publish.isPending}
          error={publish.error}
          onConfirm={() => publish.mutate(undefined)}
          onClose={() => setPublishing(false)}
        />
      )}
      <LeaveGuard dirty={dirty} />
    </>
  );
}
