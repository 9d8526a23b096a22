import { NumberInput, Text } from '@mantine/core';
import { useState } from 'react';
import { ErrorState } from '@/kit';
import { api, fieldErrors, ok } from '@/kit/api';
import { number } from '@/kit/format';
import { MayButton } from '@/settings/parts/MayButton';
import { useRefusal } from '@/settings/parts/scopes';
import { useChange } from '@/settings/parts/useChange';
import { privacy } from '@/text/en/settings/privacy';
import classes from '../limits/ConcurrencyForm.module.css';

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
      {change.error && <ErrorState error={change.error} mistakes={errors.rest} />}
      <form
        noValidate
        className={classes.form}
        onSubmit={(event) => {
          event.preventDefault();
          change.mutate(undefined);
        }}
      >
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
        <MayButton needs="admin" type="submit" loading={change.isPending}>
          {text.save}
        </MayButton>
      </form>
      {days !== '' && (now === undefined || days < now) && <Text size="sm">{text.shorter}</Text>}
    </>
  );
}
