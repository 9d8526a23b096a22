import { Button, Group, Select, Text } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { DownloadLink, StatusBadge, When } from '@/kit';
import { api, ok, type VersionView } from '@/kit/api';
import { MayButton } from '@/kit/access/MayButton';
import { useChange } from '@/kit/form/useChange';
import { agents as text } from '@/text/en/agents';
import { touchedBy } from './queries';
import { bodyOf, draftOf } from './version';
import classes from './VersionBar.module.css';

interface Props {
  agentId: string;
  version: VersionView;
  versions: readonly VersionView[];
  dirty: boolean;
  saving: boolean;
  onSave: () => void;
  onDiscard: () => void;
  onPublish: () => void;
  onVersion: (number: number) => void;
}

/** Which version is shown, and what can be done with it. */
export function VersionBar({ agentId, version, versions, dirty, saving, onSave, onDiscard, onPublish, onVersion }: Props) {
  const isDraft = version.status === 'draft';
  const fromThis = useChange(
    () => ok(api.POST('/v1/agents/{id}/versions', { params: { path: { id: agentId } }, body: bodyOf(draftOf(version)) })),
    { touches: touchedBy(agentId), done: ({ number }) => text.editor.made(number), then: ({ number }) => onVersion(number), failed: () => text.editor.newFrom(version.number) },
  );
  return (
    <div className={classes.bar}>
      <Group gap="sm">
        <Select
          aria-label={text.page.pick}
          data={versions.map(({ number, status }) => ({
            value: String(number),
            label: text.option(number, (status === 'published' ? text.status.published : text.status.draft).toLowerCase()),
          }))}
          value={String(version.number)}
          allowDeselect={false}
          w={200}
          onChange={(value) => onVersion(Number(value))}
        />
        {version.published_at && (
          <Text size="sm" c="var(--text-quiet)">
            {text.editor.published} <When at={version.published_at} />
          </Text>
        )}
        {dirty && <StatusBadge tone="warn">{text.status.unsaved}</StatusBadge>}
      </Group>
      <Group gap="xs">
        <DownloadLink href={`/v1/agents/${agentId}/versions/${version.number}/template.csv`}>
          {text.page.template}
        </DownloadLink>
        {dirty ? (
          <Button variant="default" onClick={onDiscard}>
            {text.editor.discard}
          </Button>
        ) : (
          <MayButton
            needs="admin"
            variant="default"
            leftSection={<IconPlus size={16} aria-hidden />}
            loading={fromThis.isPending}
            onClick={() => fromThis.mutate(undefined)}
          >
            {text.editor.newFrom(version.number)}
          </MayButton>
        )}
        {isDraft && (
          <>
            {dirty && (
              <Button variant="default" loading={saving} onClick={onSave}>
                {text.editor.save}
              </Button>
            )}
            <MayButton needs="admin" onClick={onPublish}>
              {text.editor.publish}
            </MayButton>
          </>
        )}
      </Group>
      {!isDraft && (
        <Text size="sm" c="var(--text-quiet)" className={classes.note}>
          {text.editor.fixed}
        </Text>
      )}
    </div>
  );
}
