import { TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok } from '@/kit/api';
import { phone } from '@/kit/format';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { suppressions } from '@/text/en/settings/suppressions';

const text = suppressions.add;

/** Suppresses one number. */
export function AddDialog({ onClose }: { onClose: () => void }) {
  const [number, setNumber] = useState('');
  const [reason, setReason] = useState('');
  const add = useChange(() => ok(api.POST('/v1/suppressions', { body: { phone_number: number.replace(/[\s().-]/g, ''), reason } })), {
    touches: [['suppressions']],
    done: ({ phone_number }) => text.done(phone(phone_number)),
    then: onClose,
  });
  const errors = fieldErrors(add.error, ['/phone_number', '/reason']);
  return (
    <FormDialog
      title={text.title}
      submit={text.submit}
      onClose={onClose}
      onSubmit={() => add.mutate(undefined)}
      busy={add.isPending}
      error={add.error}
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
      <TextInput label={text.reason} value={reason} onChange={(event) => setReason(event.currentTarget.value)} error={errors.at('/reason')} />
    </FormDialog>
  );
}
