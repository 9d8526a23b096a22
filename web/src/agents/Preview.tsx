import { Stack, Text, TextInput, Title } from '@mantine/core';
import { useState } from 'react';
import { Section } from '@/kit/form/Section';
import { agents } from '@/text/en/agents';
import { Highlighted } from './Highlighted';
import { HearButton } from './HearButton';
import { spoken } from './hearing';
import { filled, isSound, placeholdersOf, sampleOf } from './placeholders';
import classes from './Preview.module.css';
import { stepTexts } from './steps/steps';
import type { Draft } from './version';

/** What will be heard, with sample values. */
export function Preview({ draft }: { draft: Draft }) {
  const [samples, setSamples] = useState<Readonly<Record<string, string>>>({});
  const said = [draft.first_message, ...draft.lines, ...stepTexts(draft.steps), draft.goodbye].filter((text) => text.trim() !== '');
  const message = draft.voicemail === 'leave_message' ? draft.voicemail_message : '';
  const names = placeholdersOf([...said, message]);
  const { language, voice } = draft;
  const hear = (text: string) => () => spoken({ text: filled(text, fill), language, voice });
  const fill = (name: string) => sampleOf(name, samples, draft.variables);
  return (
    <Section title={agents.preview.title} about={names.length > 0 ? agents.preview.about : undefined}>
      <Stack gap="sm">
        {names.length > 0 && (
          <div className={classes.samples}>
            {names.map((name) => (
              <TextInput
                key={name}
                size="xs"
                label={name}
                aria-label={agents.preview.sample(name)}
                value={samples[name] ?? ''}
                placeholder={fill(name)}
                onChange={(event) => setSamples(withSample(samples, name, event.currentTarget.value))}
              />
            ))}
          </div>
        )}
        <Title order={3} size="sm">
          {agents.preview.person}
        </Title>
        <Stack gap={6}>
          {said.map((text, index) => (
            <div key={index}>
              {index > 0 && index < said.length && <p className={classes.turn}>{agents.preview.answers}</p>}
              <Said text={text} fill={fill} hear={hear(text)} first={index === 0} />
            </div>
          ))}
          {said.length === 0 && <Quiet>{agents.preview.silent}</Quiet>}
        </Stack>
        <Title order={3} size="sm">
          {agents.preview.machine}
        </Title>
        {draft.voicemail === 'hang_up' ? <Quiet>{agents.preview.hangsUp}</Quiet> : <Said text={message} fill={fill} hear={hear(message)} />}
      </Stack>
    </Section>
  );
}

/** An emptied field means the sample that stood there at first. */
function withSample(samples: Readonly<Record<string, string>>, name: string, value: string): Readonly<Record<string, string>> {
  const others = Object.entries(samples).filter(([key]) => key !== name);
  return Object.fromEntries(value === '' ? others : [...others, [name, value]]);
}

interface SaidProps {
  text: string;
  fill: (name: string) => string;
  hear: () => Promise<Blob>;
  /** Its button is the one that people look for. */
  first?: boolean;
}

function Said({ text, fill, hear, first = false }: SaidProps) {
  if (text.trim() === '') return <Quiet>{agents.preview.silent}</Quiet>;
  return (
    <div className={classes.row}>
      {isSound(text) ? (
        <Quiet>{agents.preview.file(text.trim())}</Quiet>
      ) : (
        <p className={classes.said}>
          <Highlighted text={text} fill={fill} />
        </p>
      )}
      <HearButton label={first ? agents.hear.it : agents.hear.text(filled(text, fill))} hideLabel={!first} fetch={hear} />
    </div>
  );
}

function Quiet({ children }: { children: string }) {
  return (
    <Text size="sm" c="var(--text-quiet)">
      {children}
    </Text>
  );
}
