import { Button, Group, Modal, Stack, Text } from '@mantine/core';
import { ErrorState } from '@/kit';
import type { VersionView } from '@/kit/api';
import { agents } from '@/text/en/agents';
import { Changes } from './Changes';
import { NearPlaceholders } from './NearPlaceholders';
import { changesBetween, draftOf, type Draft } from './version';

interface Props {
  number: number;
  draft: Draft;
  published: VersionView | undefined;
  /** The draft has changes that are saved first. */
  dirty: boolean;
  busy: boolean;
  error: unknown;
  onConfirm: () => void;
  onClose: () => void;
}

/** Shows what publishing changes for new batches, and asks. */
export function PublishDialog({ number, draft, published, dirty, busy, error, onConfirm, onClose }: Props) {
  const changes = published ? changesBetween(draftOf(published), draft) : [];
  return (
    <Modal opened onClose={onClose} title={agents.publish.title(number)} size="lg">
      <Stack gap="md">
        {error !== null && error !== undefined && <ErrorState error={error} />}
        <Text>{agents.publish.fixed}</Text>
        {!published && <Text>{agents.publish.first}</Text>}
        {published && published.number > number && <Text>{agents.publish.older(published.number)}</Text>}
        {published && changes.length === 0 && <Text>{agents.publish.same(published.number)}</Text>}
        {published && changes.length > 0 && (
          <div>
            <Text mb="xs">{agents.publish.against(published.number)}</Text>
            <Changes changes={changes} />
          </div>
        )}
        <NearPlaceholders draft={draft} />
        <Group gap="xs" justify="flex-end">
          <Button variant="default" onClick={onClose}>
            {agents.publish.cancel}
          </Button>
          <Button loading={busy} onClick={onConfirm} data-autofocus>
            {dirty ? agents.publish.confirmSave : agents.publish.confirm}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}
