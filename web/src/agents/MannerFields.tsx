import { NumberInput, Switch, Text } from '@mantine/core';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import classes from './MannerFields.module.css';
import { VoiceFields } from './VoiceFields';

const times = [
  { field: 'ring_timeout_s', help: agents.editor.ringHelp },
  { field: 'max_duration_s', help: agents.editor.durationHelp },
  { field: 'silence_timeout_s', help: agents.editor.silenceHelp },
] as const;

/** How it sounds, and how long anything may take. */
export function MannerFields(part: Part) {
  const { draft, change, errors, readOnly } = part;
  return (
    <div className={classes.manner}>
      <div className={classes.voices}>
        <VoiceFields {...part} />
      </div>
      {readOnly ? (
        <Text size="sm">{draft.interruptible ? agents.abilities.interruptibleOn : agents.abilities.interruptibleOff}</Text>
      ) : (
        <Switch
          label={agents.fields.interruptible}
          description={agents.abilities.interruptibleHelp}
          checked={draft.interruptible}
          error={errors.at('/interruptible')}
          onChange={(event) => change({ interruptible: event.currentTarget.checked })}
        />
      )}
      <div className={classes.times}>
        {times.map(({ field, help }) => (
          <NumberInput
            key={field}
            label={agents.fields[field]}
            description={help}
            value={draft[field]}
            readOnly={readOnly}
            min={1}
            allowDecimal={false}
            clampBehavior="none"
            suffix={agents.editor.secondsSuffix}
            error={errors.at(`/${field}`)}
            onChange={(value) => change({ [field]: value === '' ? '' : Number(value) })}
          />
        ))}
      </div>
    </div>
  );
}
