import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { api, fieldErrors, ok } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { agents } from '@/text/en/agents';
import { PlaceholderText } from './PlaceholderText';

/** Makes an agent with a first draft, and opens it. */
export function NewAgentDialog({ onClose }: { onClose: () => void }) {
  const navigate = useNavigate();
  const [name, setName] = useState('');
  const [first, setFirst] = useState('');
  const create = useChange(() => ok(api.POST('/v1/agents', { body: { name, first_message: first } })), {
    touches: [['agents']],
    done: (agent) => agents.create.done(agent.name),
    then: ({ id }) => void navigate(`/agents/${id}`),
  });
  const errors = fieldErrors(create.error, ['/name', '/first_message']);
  return (
    <FormDialog
      title={agents.create.title}
      submit={agents.create.submit}
      onClose={onClose}
      onSubmit={() => create.mutate(undefined)}
      busy={create.isPending}
      error={create.error}
      rest={errors.rest}
    >
      <TextInput
        label={agents.create.name}
        description={agents.create.nameHelp}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.at('/name')}
        data-autofocus
        required
      />
      <PlaceholderText
        label={agents.create.first}
        description={agents.create.firstHelp}
        placeholder={agents.create.firstSample}
        value={first}
        onChange={setFirst}
        error={errors.at('/first_message')}
        rows={3}
      />
    </FormDialog>
  );
}
