import { Stack, Textarea } from '@mantine/core';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import { linesOf } from './lines';
import { ToolsFields } from './ToolsFields';

/** What the agent may do in a call beside talking. */
export function AbilityFields(part: Part) {
  const { draft, change, errors, readOnly } = part;
  // Only a model calls functions; those that are there already can be seen and deleted.
  const hasModel = draft.engine === 'realtime' || draft.engine === 'pipeline';
  const wrong = linesOf(draft.transfer_to).map((_, index) => errors.at(`/transfer_to/${index}`)).find(Boolean);
  return (
    <Stack gap="md">
      <Textarea
        label={agents.fields.transfer_to}
        description={agents.abilities.transferHelp}
        value={draft.transfer_to}
        readOnly={readOnly}
        autosize
        minRows={1}
        maxRows={8}
        placeholder={readOnly ? '' : agents.abilities.transferSample}
        error={errors.at('/transfer_to') ?? wrong}
        onChange={(event) => change({ transfer_to: event.currentTarget.value })}
      />
      {(hasModel || draft.tools.length > 0) && <ToolsFields {...part} />}
    </Stack>
  );
}
