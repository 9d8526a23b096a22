import { NumberInput, Text } from '@mantine/core';
import { useState } from 'react';
import { fieldErrors, type KeyScope, type WorkspaceView } from '@/kit/api';
import { number } from '@/kit/format';
import { LineForm } from '@/kit/form/LineForm';
import { useRefusal } from '@/kit/access/scopes';
import { useChange } from '@/kit/form/useChange';
import { limits } from '@/text/en/settings/limits';

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
      <LineForm needs={needs} save={text.save} onSave={() => change.mutate(undefined)} busy={change.isPending} error={change.error} rest={errors.rest}>
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
      </LineForm>
      {value === 0 && <Text size="sm">{text.zero}</Text>}
    </>
  );
}
