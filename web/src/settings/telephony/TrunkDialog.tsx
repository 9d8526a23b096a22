import { NumberInput, PasswordInput, SegmentedControl, Select, TextInput, Input } from '@mantine/core';
import { useState } from 'react';
import { useSession } from '@/kit';
import { api, fieldErrors, ok, type TrunkView } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { telephony } from '@/text/en/settings/telephony';
import classes from './TrunkDialog.module.css';
import { bodyOf, codecOrders, fieldsOf, type TrunkFields } from './trunkForm';

const text = telephony.form;
const pointers = ['/name', '/kind', '/host', '/port', '/transport', '/max_calls', '/max_cps', '/username', '/password', '/codecs'];

/** Adds a trunk, or replaces the settings of one. */
export function TrunkDialog({ trunk, onClose }: { trunk: TrunkView | undefined; onClose: () => void }) {
  const { scope } = useSession();
  const [fields, setFields] = useState(() => fieldsOf(trunk));
  const save = useChange(
    () => {
      const body = bodyOf(fields);
      return ok(trunk ? api.PUT('/v1/trunks/{id}', { params: { path: { id: trunk.id } }, body }) : api.POST('/v1/trunks', { body }));
    },
    { touches: [['trunks']], done: ({ name }) => text.done(name), then: onClose },
  );
  const errors = fieldErrors(save.error, pointers);
  const set = <K extends keyof TrunkFields>(field: K) => (value: TrunkFields[K]) => setFields((now) => ({ ...now, [field]: value }));
  const asNumber = (value: string | number) => (value === '' ? '' : Number(value));
  const word = (field: 'name' | 'host' | 'username' | 'password') => ({
    value: fields[field],
    error: errors.at(`/${field}`),
    onChange: (event: React.ChangeEvent<HTMLInputElement>) => set(field)(event.currentTarget.value),
  });
  const count = (field: 'port' | 'max_calls' | 'max_cps') => ({
    value: fields[field],
    error: errors.at(`/${field}`),
    clampBehavior: 'none' as const,
    min: 0,
    onChange: (value: string | number) => set(field)(asNumber(value)),
  });
  return (
    <FormDialog
      title={trunk ? text.editTitle(trunk.name) : text.addTitle}
      submit={trunk ? text.save : text.add}
      size="lg"
      onClose={onClose}
      onSubmit={() => save.mutate(undefined)}
      busy={save.isPending}
      error={save.error}
      rest={errors.rest}
    >
      <TextInput label={text.name} description={text.nameHelp} {...word('name')} required data-autofocus />
      {scope === 'operator' && (
        <Input.Wrapper label={text.kind} labelElement="div" description={fields.kind === 'managed' ? telephony.trunks.managedHelp : undefined} error={errors.at('/kind')}>
          <div>
            <SegmentedControl
              aria-label={text.kind}
              data={[
                { value: 'workspace', label: telephony.trunks.kinds.workspace },
                { value: 'managed', label: telephony.trunks.kinds.managed },
              ]}
              value={fields.kind}
              onChange={set('kind')}
            />
          </div>
        </Input.Wrapper>
      )}
      <div className={classes.address}>
        <TextInput label={text.host} description={text.hostHelp} {...word('host')} required />
        <NumberInput label={text.port} {...count('port')} hideControls allowDecimal={false} />
        <Select
          label={text.transport}
          data={[
            { value: 'udp', label: 'UDP' },
            { value: 'tcp', label: 'TCP' },
          ]}
          value={fields.transport}
          onChange={(value) => set('transport')(value ?? 'udp')}
          allowDeselect={false}
          error={errors.at('/transport')}
        />
      </div>
      <div className={classes.pair}>
        <NumberInput label={text.maxCalls} description={text.maxCallsHelp} {...count('max_calls')} allowDecimal={false} />
        <NumberInput label={text.maxCps} description={text.maxCpsHelp} {...count('max_cps')} />
        <TextInput label={text.username} description={text.usernameHelp} {...word('username')} autoComplete="off" />
        <PasswordInput
          label={text.password}
          description={trunk?.has_password ? text.passwordKept : text.passwordNew}
          {...word('password')}
          autoComplete="new-password"
        />
      </div>
      <Select
        label={text.codecs}
        data={codecOrders.map((value) => ({ value, label: value.replace(',', ', ') }))}
        value={fields.codecs}
        onChange={(value) => set('codecs')(value ?? 'PCMU,PCMA')}
        allowDeselect={false}
        error={errors.at('/codecs')}
      />
    </FormDialog>
  );
}
