import { Input, SegmentedControl, Stack, Switch, Text } from '@mantine/core';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import { SaidText } from './SaidText';
import type { Draft } from './version';

const actions: { value: Draft['voicemail']; label: string }[] = [
  { value: 'hang_up', label: agents.editor.hangUp },
  { value: 'leave_message', label: agents.editor.leave },
];

/** What happens when a machine answers. */
export function VoicemailFields({ draft, change, errors, readOnly }: Part) {
  return (
    <Stack gap="md">
      {readOnly ? (
        <Text>{draft.voicemail_detection ? agents.editor.detectionOn : agents.editor.detectionOff}</Text>
      ) : (
        <Switch
          label={agents.editor.detection}
          description={agents.editor.detectionHelp}
          checked={draft.voicemail_detection}
          error={errors.at('/voicemail_detection')}
          onChange={(event) => change({ voicemail_detection: event.currentTarget.checked })}
        />
      )}
      <Input.Wrapper label={agents.fields.voicemail} labelElement="div" error={errors.at('/voicemail')}>
        <div>
          <SegmentedControl
            aria-label={agents.fields.voicemail}
            data={actions}
            value={draft.voicemail}
            readOnly={readOnly}
            onChange={(voicemail) => change({ voicemail })}
          />
        </div>
      </Input.Wrapper>
      {(draft.voicemail === 'leave_message' || draft.voicemail_message !== '') && (
        <SaidText
          label={agents.fields.voicemail_message}
          description={agents.editor.messageHelp}
          value={draft.voicemail_message}
          onChange={(voicemail_message) => change({ voicemail_message })}
          error={errors.at('/voicemail_message')}
          readOnly={readOnly}
        />
      )}
    </Stack>
  );
}
