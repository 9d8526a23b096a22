import { Select, Text, TextInput } from '@mantine/core';
import type { FieldErrors, TrunkView } from '@/kit/api';
import { numbers as text } from '@/text/en/numbers';

export interface NumberDraft {
  number: string;
  label: string;
  trunk: string | null;
}

/** What stands beside which field, when the server refuses. */
export const numberPointers = ['/phone_number', '/label', '/trunk_id'];

/** A new number as the server takes it: what people put between the digits is left out. */
export function newNumber({ number, label, trunk }: NumberDraft) {
  return { phone_number: number.replace(/[\s().-]/g, ''), label, trunk_id: trunk ?? '' };
}

interface Props {
  draft: NumberDraft;
  onChange: (change: Partial<NumberDraft>) => void;
  errors: FieldErrors;
  /** The trunks that it may be put on. */
  trunks: readonly TrunkView[];
  trunkHelp: string;
  noTrunks: string;
  /** The number is there already and stays; its trunk can be taken away. */
  edit?: boolean;
}

/** A phone number, its label and its trunk. */
export function NumberFields({ draft, onChange, errors, trunks, trunkHelp, noTrunks, edit = false }: Props) {
  return (
    <>
      {!edit && (
        <TextInput
          label={text.add.number}
          description={text.add.numberHelp}
          type="tel"
          placeholder="+14155550100"
          value={draft.number}
          onChange={(event) => onChange({ number: event.currentTarget.value })}
          error={errors.at('/phone_number')}
          data-autofocus
          required
        />
      )}
      <TextInput
        label={text.add.label}
        description={text.add.labelHelp}
        value={draft.label}
        onChange={(event) => onChange({ label: event.currentTarget.value })}
        error={errors.at('/label')}
      />
      <Select
        label={text.add.trunk}
        description={trunkHelp}
        data={trunks.map(({ id, name, kind }) => ({ value: id, label: kind === 'managed' ? `${name} · ${text.managed}` : name }))}
        placeholder={edit ? text.edit.none : undefined}
        clearable={edit}
        allowDeselect={false}
        value={draft.trunk}
        onChange={(trunk) => onChange({ trunk })}
        error={errors.at('/trunk_id') && (draft.trunk === null ? text.add.chooseTrunk : errors.at('/trunk_id'))}
        required={!edit}
      />
      {trunks.length === 0 && <Text size="sm">{noTrunks}</Text>}
    </>
  );
}
