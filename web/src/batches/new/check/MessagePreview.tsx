import { ActionIcon, Group, Text } from '@mantine/core';
import { IconChevronLeft, IconChevronRight } from '@tabler/icons-react';
import { useState } from 'react';
import type { Preflight, VersionView } from '@/kit/api';
import { number, phone } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import type { Draft } from '../draft';
import { valuesOf } from '../matching';
import { Block } from './Block';
import classes from './Check.module.css';
import { Message } from './Message';

/** What the agent says to the people of the first rows. */
export function MessagePreview({ version, report: { samples = [] }, draft }: { version: VersionView; report: Preflight; draft: Draft }) {
  const [place, setPlace] = useState(0);
  const at = Math.min(place, Math.max(0, samples.length - 1));
  const sample = samples[at];
  const values = {
    ...version.variables,
    ...(sample ? valuesOf({ ...sample.variables, phone_number: sample.phone_number }, draft.columnMap) : {}),
    ...(sample ? { phone_number: sample.phone_number } : {}),
    ...(draft.fromNumber ? { from_number: draft.fromNumber } : {}),
    ...(draft.name ? { batch_name: draft.name.trim() } : {}),
    attempt: '1',
  };
  const voicemail = version.voicemail === 'leave_message' ? version.voicemail_message : undefined;
  return (
    <Block
      title={text.preview}
      aside={
        samples.length > 1 && (
          <Group gap={4}>
            <ActionIcon variant="default" size="sm" aria-label={text.previous} disabled={at === 0} onClick={() => setPlace(at - 1)}>
              <IconChevronLeft size={14} />
            </ActionIcon>
            <ActionIcon variant="default" size="sm" aria-label={text.next} disabled={at === samples.length - 1} onClick={() => setPlace(at + 1)}>
              <IconChevronRight size={14} />
            </ActionIcon>
          </Group>
        )
      }
    >
      {sample && (
        <Text className={classes.quiet} role="status" mb={6}>
          {text.row(number(sample.row), number(at + 1), number(samples.length))} · {phone(sample.phone_number)}
        </Text>
      )}
      {version.first_message ? <Message label={text.first} message={version.first_message} values={values} /> : <Text size="sm">{text.agentFirst}</Text>}
      {voicemail && <Message label={text.voicemail} message={voicemail} values={values} />}
    </Block>
  );
}
