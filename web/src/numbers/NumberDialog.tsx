import { Select, Text, TextInput } from '@mantine/core';
import { useState } from 'react';
import { useSession } from '@/kit';
import { api, fieldErrors, ok, type PhoneNumberView, type TrunkView } from '@/kit/api';
import { phone } from '@/kit/format';
import { FormDialog } from '@/settings/parts/FormDialog';
import { useChange } from '@/settings/parts/useChange';
import { numbers as text } from '@/text/en/numbers';

interface Props {
  /** What is edited; undefined for a new one. */
  number: PhoneNumberView | undefined;
  trunks: readonly TrunkView[];
  onClose: () => void;
}

/** Adds a phone number, or changes its label and trunk. */
export function NumberDialog({ number, trunks, onClose }: Props) {
  const { scope } = useSession();
  // Only an operator gives out numbers on managed trunks; the one that a number is on stays a choice.
  const choices = trunks.filter(({ id, kind }) => kind === 'workspace' || scope === 'operator' || id === number?.trunk_id);
  const [e164, setE164] = useState(number?.phone_number ?? '');
  const [label, setLabel] = useState(number?.label ?? '');
  const [trunk, setTrunk] = useState<string | null>(number ? (number.trunk_id ?? null) : (choices[0]?.id ?? null));
  const save = useChange(
    () =>
      number
        ? ok(api.PATCH('/v1/phone-numbers/{id}', { params: { path: { id: number.id } }, body: { label, trunk_id: trunk } }))
        : ok(api.POST('/v1/phone-numbers', { body: { phone_number: e164.replace(/[\s().-]/g, ''), label, trunk_id: trunk ?? '' } })),
    {
      touches: [['phone-numbers']],
      done: (saved) => (number ? text.edit.done : text.add.done)(phone(saved.phone_number)),
      then: onClose,
    },
  );
  const errors = fieldErrors(save.error, ['/phone_number', '/label', '/trunk_id']);
  return (
    <FormDialog
      title={number ? text.edit.title(phone(number.phone_number)) : text.add.title}
      submit={number ? text.edit.submit : text.add.submit}
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      busy={save.isPending}
      error={save.error}
      rest={errors.rest}
    >
      {!number && (
        <TextInput
          label={text.add.number}
          description={text.add.numberHelp}
          type="tel"
          placeholder="+14155550100"
          value={e164}
          onChange={(event) => setE164(event.currentTarget.value)}
          error={errors.at('/phone_number')}
          data-autofocus
          required
        />
      )}
      <TextInput
        label={text.add.label}
        description={text.add.labelHelp}
        value={label}
        onChange={(event) => setLabel(event.currentTarget.value)}
        error={errors.at('/label')}
      />
      <Select
        label={text.add.trunk}
        description={number ? text.edit.trunkHelp : text.add.trunkHelp}
        data={choices.map(({ id, name, kind }) => ({ value: id, label: kind === 'managed' ? `${name} · ${text.managed}` : name }))}
        placeholder={number ? text.edit.none : undefined}
        clearable={number !== undefined}
        allowDeselect={false}
        value={trunk}
        onChange={setTrunk}
        error={errors.at('/trunk_id')}
        required={!number}
      />
      {choices.length === 0 && <Text size="sm">{text.add.noTrunks}</Text>}
    </FormDialog>
  );
}
