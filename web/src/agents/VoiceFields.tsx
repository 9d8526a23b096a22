import { Select, Text, TextInput } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import { HearButton } from './HearButton';
import { spoken } from './hearing';
import { filled, isSound, sampleOf } from './placeholders';
import { voicesQuery } from './queries';
import classes from './MannerFields.module.css';
import { languageOptions, voiceIn, voiceOptions } from './voices';

/** What language it speaks, and how it sounds: from what the server has, each to be heard. */
export function VoiceFields({ draft, change, errors, readOnly }: Part) {
  const { data, isError } = useQuery(voicesQuery);
  const { language, voice } = draft;
  if (!data) {
    return (
      <>
        {(['language', 'voice'] as const).map((field) => (
          <TextInput
            key={field}
            readOnly={readOnly}
            label={agents.fields[field]}
            description={isError ? agents.voices.noList : agents.editor[`${field}Help`]}
            value={draft[field]}
            error={errors.at(`/${field}`)}
            onChange={(event) => change({ [field]: event.currentTarget.value })}
          />
        ))}
      </>
    );
  }
  const said = draft.first_message;
  const text = said.trim() === '' || isSound(said) ? agents.voices.sample : filled(said, (name) => sampleOf(name, {}, draft.variables));
  const list = { readOnly, searchable: !readOnly, allowDeselect: false, limit: 200, nothingFoundMessage: agents.voices.none, selectFirstOptionOnChange: true };
  return (
    <>
      <Select
        {...list}
        label={agents.fields.language}
        description={agents.editor.languageHelp}
        data={languageOptions(data.languages, language)}
        value={language}
        error={errors.at('/language')}
        onChange={(next) => next !== null && change({ language: next, voice: voiceIn(next, draft) })}
      />
      <div>
        <div className={classes.voice}>
          <Select
            {...list}
            label={agents.fields.voice}
            description={agents.editor.voiceHelp}
            data={voiceOptions(data, language, voice)}
            value={voice}
            error={errors.at('/voice') !== undefined}
            onChange={(next) => next !== null && change({ voice: next })}
          />
          <HearButton label={agents.voices.hear} hideLabel fetch={() => spoken({ text, language, voice })} />
        </div>
        {errors.at('/voice') && (
          <Text size="xs" c="var(--mantine-color-error)" role="alert">
            {errors.at('/voice')}
          </Text>
        )}
      </div>
    </>
  );
}
