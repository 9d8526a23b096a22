import { NumberInput, Text } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok } from '@/kit/api';
import { number } from '@/kit/format';
import { LineForm } from '@/kit/form/LineForm';
import { useRefusal } from '@/kit/access/scopes';
import { useChange } from '@/kit/form/useChange';
import { privacy } from '@/text/en/settings/privacy';

const text = privacy.keep;

/** For how many days batches are kept; undefined for ever. */
export function KeepForm({ now }: { now: number | undefined }) {
  const [days, setDays] = useState<number | ''>(now ?? '');
  const readOnly = useRefusal('admin') !== undefined;
  const change = useChange(() => ok(api.PATCH('/v1/workspace', { body: { keep_batches_days: days === '' ? null : days } })), {
    touches: [['workspace'], ['batches']],
    done: ({ keep_batches_days: kept }) => text.done(typeof kept === 'number' ? number(kept) : undefined),
  });
  const errors = fieldErrors(change.error, ['/keep_batches_days']);
  return (
    <>
      <LineForm needs="admin" save={text.save} onSave={() => change.mutate(undefined)} busy={change.isPending} error={change.error} rest={errors.rest}>
        <NumberInput
          label={text.label}
          placeholder={text.empty}
          value={days}
          onChange={(next) => setDays(next === '' ? '' : Number(next))}
          min={1}
          allowDecimal={false}
          clampBehavior="none"
          readOnly={readOnly}
          error={errors.at('/keep_batches_days')}
        />
      </LineForm>
      {days !== '' && (now === undefined || days < now) && <Text size="sm">{text.shorter}</Text>}
    </>
  );
}
