import { NumberInput, Text } from '@mantine/core';
import { useState } from 'react';
import { ErrorState } from '@/kit';
import { fieldErrors, type KeyScope, type WorkspaceView } from '@/kit/api';
import { number } from '@/kit/format';
import { MayButton } from '@/settings/parts/MayButton';
import { useRefusal } from '@/settings/parts/scopes';
import { useChange } from '@/settings/parts/useChange';
import { limits } from '@/text/en/settings/limits';
import classes from './ConcurrencyForm.module.css';

const text = limits.workspace;

interface Props {
  /** As it is. */
  now: number;
  needs: KeyScope;
  save: (most: number | null) => Promise<WorkspaceView>;
}

/** How many calls a workspace may have at once. */
export function ConcurrencyForm({ now, needs, save }: Props) {
  const [value, setValue] = useState<number | ''>(now);
  const readOnly = useRefusal(needs) !== undefined;
  const change = useChange(() => save(value === '' ? null : value), {
    touches: [['workspace'], ['operator', 'workspaces']],
    done: ({ max_concurrent_calls }) => text.done(number(max_concurrent_calls), max_concurrent_calls === 1),
  });
  const errors = fieldErrors(change.error, ['/max_concurrent_calls']);
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
          value={value}
          onChange={(next) => setValue(next === '' ? '' : Number(next))}
          min={0}
          thousandSeparator=","
          allowDecimal={false}
          clampBehavior="none"
          readOnly={readOnly}
          error={errors.at('/max_concurrent_calls')}
        />
        <MayButton needs={needs} type="submit" loading={change.isPending}>
          {text.save}
        </MayButton>
      </form>
      {value === 0 && <Text size="sm">{text.zero}</Text>}
    </>
  );
}
