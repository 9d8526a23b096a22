import { NumberInput, TextInput } from '@mantine/core';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import classes from './MannerFields.module.css';

const times = [
  { field: 'ring_timeout_s', help: agents.editor.ringHelp },
  { field: 'max_duration_s', help: agents.editor.durationHelp },
  { field: 'silence_timeout_s', help: agents.editor.silenceHelp },
] as const;

const manners = [
  { field: 'language', help: agents.editor.languageHelp },
  { field: 'voice', help: agents.editor.voiceHelp },
] as const;

/** How it sounds, and how long anything may take. */
export function MannerFields({ draft, change, errors, readOnly }: Part) {
  return (
    <div className={classes.grid}>
      {manners.map(({ field, help }) => (
        <TextInput
          key={field}
          label={agents.fields[field]}
          description={help}
          value={draft[field]}
          readOnly={readOnly}
          variant={readOnly ? 'filled' : 'default'}
          error={errors.at(`/${field}`)}
          onChange={(event) => change({ [field]: event.currentTarget.value })}
        />
      ))}
      {times.map(({ field, help }) => (
        <NumberInput
          key={field}
          label={agents.fields[field]}
          description={help}
          value={draft[field]}
          readOnly={readOnly}
          variant={readOnly ? 'filled' : 'default'}
          min={1}
          allowDecimal={false}
          clampBehavior="none"
          suffix={agents.editor.secondsSuffix}
          error={errors.at(`/${field}`)}
          onChange={(value) => change({ [field]: value === '' ? '' : Number(value) })}
        />
      ))}
    </div>
  );
}
