import { Radio, Select, Stack, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSession } from '@/kit';
import { api, fieldErrors, ok, type KeyScope, type MadeApiKey } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { grantable } from '@/kit/access/scopes';
import { useChange } from '@/kit/form/useChange';
import { keys } from '@/text/en/settings/keys';
import { parts } from '@/text/en/parts';
import { expiry } from './keyState';

const text = keys.make;

interface Props {
  onMade: (made: MadeApiKey) => void;
  onClose: () => void;
}

/** Makes a key; its secret is shown by whoever asked for it. */
export function NewKeyDialog({ onMade, onClose }: Props) {
  const { scope: own } = useSession();
  const choices = grantable(own);
  const [name, setName] = useState('');
  const [scope, setScope] = useState<KeyScope>('operate');
  const [days, setDays] = useState('');
  const make = useChange(
    () => {
      const expires_at = expiry(days, Date.now());
      return ok(api.POST('/v1/api-keys', { body: { scope, ...(name.trim() ? { name: name.trim() } : {}), ...(expires_at ? { expires_at } : {}) } }));
    },
    {
      touches: [['api-keys']],
      then: (made) => {
        onClose();
        onMade(made);
      },
    },
  );
  const errors = fieldErrors(make.error, ['/name', '/scope', '/expires_at']);
  return (
    <FormDialog
      title={text.title}
      submit={text.submit}
      onClose={onClose}
      onSubmit={() => make.mutate(undefined)}
      busy={make.isPending}
      error={make.error}
      rest={errors.rest}
    >
      <TextInput
        label={text.name}
        description={text.nameHelp}
        value={name}
        onChange={(event) => setName(event.currentTarget.value)}
        maxLength={200}
        error={errors.at('/name')}
        data-autofocus
      />
      <Radio.Group label={text.scope} value={scope} onChange={(value) => setScope(choices.find((one) => one === value) ?? scope)} error={errors.at('/scope')}>
        <Stack gap="xs" mt={6}>
          {choices.map((one) => (
            <Radio key={one} value={one} label={parts.scopes[one]} description={keys.scopes[one]} />
          ))}
        </Stack>
      </Radio.Group>
      <Select
        label={text.expires}
        description={text.expiresHelp}
        data={Object.entries(text.spans).map(([value, label]) => ({ value, label })).sort((a, b) => Number(a.value) - Number(b.value))}
        value={days}
        onChange={(value) => setDays(value ?? '')}
        allowDeselect={false}
        error={errors.at('/expires_at')}
      />
    </FormDialog>
  );
}
