import { Stack } from '@mantine/core';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import { LinesField } from './LinesField';
import { PlaceholderText } from './PlaceholderText';
import { SaidText } from './SaidText';
import { StepsField } from './steps/StepsField';

/** What is said to a person, in order. */
export function SaysFields(part: Part) {
  const { draft, change, errors, readOnly } = part;
  return (
    <Stack gap="md">
      <SaidText
        label={agents.fields.first_message}
        description={agents.editor.firstHelp}
        value={draft.first_message}
        onChange={(first_message) => change({ first_message })}
        error={errors.at('/first_message')}
        readOnly={readOnly}
        rows={3}
      />
      {draft.engine === 'script' && (
        <>
          {draft.steps.length > 0 ? <StepsField {...part} /> : <LinesField {...part} />}
          <SaidText
            label={agents.fields.goodbye}
            description={agents.editor.goodbyeHelp}
            value={draft.goodbye}
            onChange={(goodbye) => change({ goodbye })}
            error={errors.at('/engine/goodbye')}
            readOnly={readOnly}
            rows={1}
          />
        </>
      )}
      {(draft.engine !== 'script' || draft.transfer_to.trim() !== '' || draft.failure_message !== '') && (
        <PlaceholderText
          label={agents.fields.failure_message}
          description={agents.abilities.failureHelp}
          value={draft.failure_message}
          onChange={(failure_message) => change({ failure_message })}
          error={errors.at('/failure_message')}
          readOnly={readOnly}
          rows={1}
        />
      )}
    </Stack>
  );
}
