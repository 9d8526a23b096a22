import { Select, Textarea, TextInput } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok, type CustomGroupView } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { operator } from '@/text/en/settings/operator';
import { useCountries } from '../telephony/useCountries';

const text = operator.groups;

/** Adds a network group of the installation's own, or changes one. */
export function CustomGroupDialog({ group, onClose }: { group: CustomGroupView | undefined; onClose: () => void }) {
  const countries = useCountries();
  const [id, setId] = useState('custom-');
  const [name, setName] = useState(group?.name ?? '');
  const [country, setCountry] = useState(group?.country ?? null);
  const [prefixes, setPrefixes] = useState(group?.prefixes.join('\n') ?? '');
  const save = useChange(
    () => {
      const body = { name, country: country ?? '', prefixes: prefixes.split(/[\s,;]+/).filter((prefix) => prefix !== '') };
      return ok(
        group
          ? api.PUT('/v1/operator/network-groups/{id}', { params: { path: { id: group.id } }, body })
          : api.POST('/v1/operator/network-groups', { body: { id, ...body } }),
      );
    },
    { touches: [['operator', 'network-groups'], ['network-groups']], done: (saved) => text.done(saved.name), then: onClose },
  );
  const errors = fieldErrors(save.error, ['/id', '/name', '/country', '/prefixes']);
  return (
    <FormDialog
      title={group ? text.editTitle(group.name) : text.addTitle}
      submit={group ? text.save : text.add}
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      busy={save.isPending}
      error={save.error}
      rest={errors.rest}
    >
      {!group && (
        <TextInput label={text.id} description={text.idHelp} value={id} onChange={(event) => setId(event.currentTarget.value)} error={errors.at('/id')} required />
      )}
      <TextInput label={text.name} value={name} onChange={(event) => setName(event.currentTarget.value)} error={errors.at('/name')} data-autofocus required />
      <Select label={text.country} data={countries} value={country} onChange={setCountry} error={errors.at('/country')} searchable required />
      <Textarea
        label={text.prefixes}
        description={text.prefixesHelp}
        placeholder="+441481"
        value={prefixes}
        onChange={(event) => setPrefixes(event.currentTarget.value)}
        error={errors.at('/prefixes')}
        rows={3}
        required
      />
    </FormDialog>
  );
}
