import { Alert, Text } from '@mantine/core';
import { agents } from '@/text/en/agents';
import { nearPlaceholders } from './placeholders';
import { stepTexts } from './steps/steps';
import type { Draft } from './version';

/** Warns of what nearly is a placeholder in what is said. */
export function NearPlaceholders({ draft }: { draft: Draft }) {
  const message = draft.voicemail === 'leave_message' ? draft.voicemail_message : '';
  const found = nearPlaceholders([draft.first_message, ...draft.lines, ...stepTexts(draft.steps), draft.goodbye, message]);
  if (found.length === 0) return null;
  return (
    <Alert color="yellow" title={agents.near.title} role="status" mb="md">
      {found.map(({ written, meant }) => (
        <Text key={written} size="sm">
          {meant === undefined ? agents.near.nameless(written) : agents.near.one(written, meant)}
        </Text>
      ))}
    </Alert>
  );
}
