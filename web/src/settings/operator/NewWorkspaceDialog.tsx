import { NumberInput, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok, type WorkspaceView } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { operator } from '@/text/en/settings/operator';

const text = operator.workspaces;

/** Makes a workspace. */
export function NewWorkspaceDialog({ onMade, onClose }: { onMade: (made: WorkspaceView) => void; onClose: () => void }) {
  const [name, setName] = useState('');
  const [calls, setCalls] = useState<number | ''>(100);
  const make = useChange(() => ok(api.POST('/v1/operator/workspaces', { body: { name, max_concurrent_calls: calls === '' ? null : calls } })), {
    touches: [['operator', 'workspaces']],
    done: (made) => text.created(made.name),
    then: onMade,
  });
  const errors = fieldErrors(make.error, ['/name', '/max_concurrent_calls']);
  return (
    <FormDialog
      title={text.addTitle}
      submit={text.create}
      onClose={onClose}
      onSubmit={() => make.mutate(undefined)}
      busy={make.isPending}
      error={make.error}
      rest={errors.rest}
    >
      <TextInput
        label={text.name}
        description={text.addHelp}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        error={errors.at('/name')}
        data-autofocus
        required
      />
      <NumberInput
        label={text.calls}
        value={calls}
        onChange={(value) => setCalls(value === '' ? '' : Number(value))}
        min={0}
        allowDecimal={false}
        thousandSeparator=","
        clampBehavior="none"
        error={errors.at('/max_concurrent_calls')}
      />
    </FormDialog>
  );
}
