import { Alert, Button, Drawer, Group, Stack, Text, TextInput, Title } from '@mantine/core';
import { IconMicrophone, IconPhoneOff } from '@tabler/icons-react';
import { useState } from 'react';
import { Transcript } from '@/calls/Transcript';
import type { VersionView } from '@/kit/api';
import { phone } from '@/kit/format';
import { agents } from '@/text/en/agents';
import { calls } from '@/text/en/calls';
import { talk as text } from '@/text/en/talk';
import { askedFor } from '../testCall';
import { draftOf } from '../version';
import { hasMicrophone } from './sound';
import type { Talk } from './talk';
import classes from './TalkPanel.module.css';
import { useTalk } from './useTalk';

interface Props {
  agentId: string;
  version: VersionView;
  onClose: () => void;
}

const keys = ['1', '2', '3', '4', '5', '6', '7', '8', '9', '*', '0', '#'];

/** Talks with a version through the microphone of the browser. Nobody is called. */
export function TalkPanel({ agentId, version, onClose }: Props) {
  const [values, setValues] = useState<Readonly<Record<string, string>>>({});
  const { phase, talk, trouble, begin, press, hangUp } = useTalk();
  const draft = draftOf(version);
  const goesOn = phase === 'opening' || phase === 'open';
  return (
    <Drawer opened onClose={onClose} position="right" size="md" title={text.title}>
      <Stack gap="md">
        <Text size="sm" c="var(--text-quiet)">
          {text.about}
        </Text>
        {!hasMicrophone() && <Alert color="yellow">{text.insecure}</Alert>}
        {!goesOn && askedFor(draft).length > 0 && (
          <fieldset className={classes.values}>
            <Text component="legend" fw={600} mb={6}>
              {agents.test.values}
            </Text>
            <Stack gap="xs">
              {askedFor(draft).map((name) => (
                <TextInput
                  key={name}
                  label={name}
                  value={values[name] ?? ''}
                  placeholder={Object.hasOwn(draft.variables, name) ? agents.test.hasDefault(draft.variables[name] ?? '') : undefined}
                  onChange={(event) => setValues({ ...values, [name]: event.currentTarget.value })}
                />
              ))}
            </Stack>
          </fieldset>
        )}
        <Group gap="sm">
          {goesOn ? (
            <Button color="red" leftSection={<IconPhoneOff size={16} aria-hidden />} disabled={phase === 'opening'} onClick={hangUp}>
              {text.hangUp}
            </Button>
          ) : (
            <Button leftSection={<IconMicrophone size={16} aria-hidden />} disabled={!hasMicrophone()} onClick={() => begin({ agentId, version: version.number, values: known(values) })}>
              {phase === 'over' ? text.again : text.begin}
            </Button>
          )}
          <Text size="sm" role="status">
            {phase === 'opening' || (phase === 'open' && !talk.ready) ? text.connecting : phase === 'open' && text.talking}
          </Text>
        </Group>
        {trouble && (
          <Alert color="red" role="alert">
            {trouble}
          </Alert>
        )}
        {talk.over && <Ending over={talk.over} />}
        {phase === 'open' && (
          <div className={classes.keys} role="group" aria-label={text.keys}>
            {keys.map((key) => (
              <Button key={key} variant="default" size="compact-sm" onClick={() => press(key)}>
                {key}
              </Button>
            ))}
          </div>
        )}
        {(phase === 'open' || talk.lines.length > 0) && (
          <section aria-labelledby="talk-transcript">
            <Title order={3} id="talk-transcript" mb={4}>
              {calls.call.transcript}
            </Title>
            <Transcript lines={talk.lines} latencies={talk.latencies} none={text.nothingYet} />
          </section>
        )}
        {talk.done.length > 0 && (
          <section aria-labelledby="talk-done">
            <Title order={3} id="talk-done" mb={4}>
              {text.done}
            </Title>
            <ul className={classes.done}>
              {talk.done.map((words, index) => (
                <li key={index}>{words}</li>
              ))}
            </ul>
          </section>
        )}
      </Stack>
    </Drawer>
  );
}

/** How it ended, and what a call would have done then. */
function Ending({ over: { end_reason: reason, cause, transfer_to: to, asked_to_stop: stop } }: { over: NonNullable<Talk['over']> }) {
  return (
    <Alert color={cause ? 'red' : 'gray'} role="status" title={reason ? calls.endReasons[reason] : text.failed}>
      {cause && <Text size="sm">{cause}</Text>}
      {to && <Text size="sm">{text.wouldTransfer(phone(to))}</Text>}
      {stop && <Text size="sm">{text.wouldSuppress}</Text>}
    </Alert>
  );
}

/** Without those that are left empty, so that their defaults hold. */
function known(values: Readonly<Record<string, string>>): Record<string, string> {
  return Object.fromEntries(Object.entries(values).filter(([, value]) => value !== ''));
}
