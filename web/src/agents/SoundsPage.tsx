import { Anchor, Skeleton, Text } from '@mantine/core';
import { IconMusic, IconTrash, IconUpload } from '@tabler/icons-react';
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { Link } from 'react-router';
import { ConfirmDialog, DataTable, EmptyState, ErrorState, PageHeader, When, useUrlState, type DataColumn } from '@/kit';
import { api, ok, type SoundView } from '@/kit/api';
import { duration } from '@/kit/format';
import { About } from '@/kit/About';
import { MayButton } from '@/kit/access/MayButton';
import { RowMenu } from '@/kit/RowMenu';
import { useChange } from '@/kit/form/useChange';
import { agents } from '@/text/en/agents';
import { parts } from '@/text/en/parts';
import { HearButton } from './HearButton';
import { uploaded } from './hearing';
import { soundsQuery } from './queries';
import { UploadSoundDialog } from './UploadSoundDialog';

const text = agents.sounds;

/** Versions that are named of a sound. */
const namedUses = 2;

const defaults = { upload: false };

/** The sounds that agents of the workspace can play. */
export function SoundsPage() {
  const [view, setView] = useUrlState(defaults);
  const [removing, setRemoving] = useState<SoundView>();
  const query = useQuery(soundsQuery);
  const button = (
    <MayButton needs="admin" leftSection={<IconUpload size={16} aria-hidden />} onClick={() => setView({ upload: true }, { push: true })}>
      {text.upload.button}
    </MayButton>
  );
  const columns: readonly DataColumn<SoundView>[] = [
    { id: 'play', header: text.playHead, cell: ({ id, name }) => <HearButton label={text.play(name)} hideLabel fetch={() => uploaded(id)} /> },
    { id: 'name', header: text.name, sortBy: ({ name }) => name.toLowerCase(), cell: ({ name }) => name },
    { id: 'length', header: text.length, sortBy: ({ duration_s }) => duration_s, cell: ({ duration_s }) => duration(duration_s) },
    { id: 'uses', header: text.uses, cell: ({ used_by }) => <Uses uses={used_by} /> },
    { id: 'created', header: text.created, sortBy: ({ created_at }) => created_at, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
    {
      id: 'menu',
      header: parts.actions,
      align: 'right',
      cell: (sound) => (
        <RowMenu name={sound.name} needs="admin" actions={[{ label: text.remove, icon: <IconTrash size={15} />, danger: true, run: () => setRemoving(sound) }]} />
      ),
    },
  ];
  return (
    <>
      <PageHeader
        title={text.title}
        above={
          <Anchor component={Link} to="/agents" inherit>
            {agents.page.up}
          </Anchor>
        }
        below={<About>{text.about}</About>}
        actions={query.data?.length ? button : undefined}
      />
      {query.isPending && <Skeleton height={160} />}
      {query.isError && <ErrorState error={query.error} onRetry={() => void query.refetch()} />}
      {query.data?.length === 0 && (
        <EmptyState title={text.empty} icon={<IconMusic size={32} stroke={1.3} />} action={button}>
          {text.emptyAbout}
        </EmptyState>
      )}
      {query.data && query.data.length > 0 && <DataTable label={text.label} columns={columns} rows={query.data} rowId={({ id }) => id} />}
      {view.upload && <UploadSoundDialog onClose={() => setView({ upload: false })} />}
      {removing && <RemoveDialog sound={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}

function Uses({ uses }: { uses: SoundView['used_by'] }) {
  if (uses.length === 0) {
    return (
      <Text span size="sm" c="var(--text-quiet)">
        {text.nobody}
      </Text>
    );
  }
  const more = uses.length - namedUses;
  return (
    <>
      {uses.slice(0, namedUses).map(({ agent_id: id, agent_name: name, version, status }) => (
        <div key={`${id} ${version}`}>
          <Anchor component={Link} to={`/agents/${id}?version=${version}`} inherit>
            {text.use(name, version, status === 'draft')}
          </Anchor>
        </div>
      ))}
      {more > 0 && text.more(more)}
    </>
  );
}

function RemoveDialog({ sound: { id, name }, onClose }: { sound: SoundView; onClose: () => void }) {
  const remove = useChange(() => ok(api.DELETE('/v1/sounds/{id}', { params: { path: { id } } })), {
    touches: [['sounds']],
    done: () => text.removed(name),
    then: onClose,
  });
  return (
    <ConfirmDialog
      opened
      danger
      title={text.removeTitle(name)}
      confirm={text.remove}
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined)}
      busy={remove.isPending}
      error={remove.error}
    >
      {text.removeAbout}
    </ConfirmDialog>
  );
}
