import { ActionIcon, Menu, TextInput } from '@mantine/core';
import { IconDots, IconPencil, IconTrash } from '@tabler/icons-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { ConfirmDialog } from '@/kit';
import { api, fieldErrors, ok, type AgentView } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useRefusal } from '@/kit/access/scopes';
import { useChange } from '@/kit/form/useChange';
import { agents } from '@/text/en/agents';
import { touchedBy } from './queries';

/** What can be done with an agent as a whole. */
export function AgentMenu({ agent }: { agent: AgentView }) {
  const [open, setOpen] = useState<'rename' | 'remove'>();
  const refusal = useRefusal('admin');
  const close = () => setOpen(undefined);
  return (
    <>
      <Menu position="bottom-end">
        <Menu.Target>
          <ActionIcon variant="default" size="lg" aria-label={agents.page.actions}>
            <IconDots size={16} />
          </ActionIcon>
        </Menu.Target>
        <Menu.Dropdown>
          {refusal && <Menu.Label maw={240}>{refusal}</Menu.Label>}
          <Menu.Item leftSection={<IconPencil size={15} />} disabled={refusal !== undefined} onClick={() => setOpen('rename')}>
            {agents.rename.button}
          </Menu.Item>
          <Menu.Item leftSection={<IconTrash size={15} />} color="red" disabled={refusal !== undefined} onClick={() => setOpen('remove')}>
            {agents.remove.button}
          </Menu.Item>
        </Menu.Dropdown>
      </Menu>
      {open === 'rename' && <RenameDialog agent={agent} onClose={close} />}
      {open === 'remove' && <RemoveDialog agent={agent} onClose={close} />}
    </>
  );
}

interface DialogProps {
  agent: AgentView;
  onClose: () => void;
}

function RenameDialog({ agent: { id, name: old }, onClose }: DialogProps) {
  const [name, setName] = useState(old);
  const rename = useChange(() => ok(api.PATCH('/v1/agents/{id}', { params: { path: { id } }, body: { name } })), {
    touches: touchedBy(id),
    done: () => agents.rename.done,
    then: onClose,
  });
  const errors = fieldErrors(rename.error, ['/name']);
  return (
    <FormDialog
      title={agents.rename.title}
      submit={agents.rename.submit}
      onClose={onClose}
      onSubmit={() => rename.mutate(undefined)}
      busy={rename.isPending}
      error={rename.error}
      rest={errors.rest}
    >
      <TextInput label={agents.create.name} value={name} onChange={(event) => setName(event.currentTarget.value)} error={errors.at('/name')} data-autofocus />
    </FormDialog>
  );
}

function RemoveDialog({ agent: { id, name }, onClose }: DialogProps) {
  const navigate = useNavigate();
  const remove = useChange(() => ok(api.DELETE('/v1/agents/{id}', { params: { path: { id } } })), {
    touches: [],
    done: () => agents.remove.done(name),
    then: () => void navigate('/agents'),
  });
  return (
    <ConfirmDialog
      opened
      danger
      title={agents.remove.title(name)}
      confirm={agents.remove.button}
      onClose={onClose}
      onConfirm={() => remove.mutate(undefined)}
      busy={remove.isPending}
      error={remove.error}
    >
      {agents.remove.about}
    </ConfirmDialog>
  );
}
