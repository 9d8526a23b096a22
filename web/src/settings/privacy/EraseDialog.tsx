import { Checkbox, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { privacy } from '@/text/en/settings/privacy';

const text = privacy.erase;

/** Erases a person, after asking. */
export function EraseDialog({ onClose }: { onClose: () => void }) {
  const [number, setNumber] = useState('');
  const [sure, setSure] = useState(false);
  const erase = useChange(() => ok(api.POST('/v1/erasures', { body: { phone_number: number } })), {
    touches: [['erasures'], ['suppressions'], ['batches'], ['calls']],
    done: ({ state }) => (state === 'done' ? text.done : text.waiting),
    then: onClose,
  });
  const errors = fieldErrors(erase.error, ['/phone_number']);
  return (
    <FormDialog
      title={text.title}
      submit={text.submit}
      onClose={onClose}
      onSubmit={() => {
        if (sure) erase.mutate(undefined);
      }}
      busy={erase.isPending}
      error={erase.error}
      rest={errors.rest}
    >
      <TextInput
        label={text.number}
        description={text.numberHelp}
        type="tel"
        value={number}
        onChange={(event) => setNumber(event.currentTarget.value)}
        error={errors.at('/phone_number')}
        data-autofocus
        required
      />
      <Text size="sm">{text.about}</Text>
      <Checkbox label={text.sure} checked={sure} onChange={(event) => setSure(event.currentTarget.checked)} required />
    </FormDialog>
  );
}
