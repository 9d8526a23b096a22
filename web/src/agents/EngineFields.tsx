import { PasswordInput, Select, Stack, Text, Textarea, TextInput, Title } from '@mantine/core';
import { agents } from '@/text/en/agents';
import { engineFields, engineTypes, type EngineField, type EngineType } from './engines';
import type { Part } from './fieldsOf';

const words = agents.engines;
const types = engineTypes.map((value) => ({ value, label: words.types[value] }));

/** Who talks, and where its servers are. */
export function EngineFields(part: Part & { secrets: readonly string[] }) {
  const { draft, change, readOnly } = part;
  const parts = new Map<string, EngineField[]>();
  for (const field of engineFields[draft.engine]) {
    const at = field.pointer.split('/').slice(2, -1).join('');
    parts.set(at, [...(parts.get(at) ?? []), field]);
  }
  return (
    <Stack gap="md">
      <Select
        label={words.type}
        description={words.about[draft.engine]}
        data={types}
        value={draft.engine}
        readOnly={readOnly}
        allowDeselect={false}
        onChange={(engine) => change({ engine: engine as EngineType, server: {} })}
      />
      {[...parts].map(([at, fields]) => (
        <Stack key={at} gap="sm">
          {at !== '' && <Title order={4} size="h6">{words.parts[at as keyof typeof words.parts]}</Title>}
          {draft.engine === 'script' && <Text size="sm" c="var(--text-quiet)">{words.speechHelp}</Text>}
          {fields.map((field) => <ServerField key={field.pointer} {...part} field={field} />)}
        </Stack>
      ))}
    </Stack>
  );
}

function ServerField({ draft, change, errors, readOnly, secrets, field }: Part & { secrets: readonly string[]; field: EngineField }) {
  const { pointer, required, secret, choices, pairs } = field;
  const name = pointer.split('/').at(-1) as keyof typeof words.fields;
  const put = (value: string) => change({ server: { ...draft.server, [pointer]: value } });
  const common = { label: words.fields[name], required: Boolean(required) && !readOnly, readOnly, error: errors.at(pointer), value: draft.server[pointer] ?? '' };
  if (choices) {
    return <Select {...common} data={[...choices]} placeholder={choices[0] ?? ''} clearable={!readOnly} value={common.value || null} onChange={(value) => put(value ?? '')} />;
  }
  if (secret) {
    const placeholder = secrets.includes(pointer) ? words.stored : '';
    return <PasswordInput {...common} placeholder={placeholder} autoComplete="off" onChange={(event) => put(event.currentTarget.value)} />;
  }
  if (pairs) {
    return <Textarea {...common} description={words.pairsHelp} autosize minRows={2} onChange={(event) => put(event.currentTarget.value)} />;
  }
  return <TextInput {...common} onChange={(event) => put(event.currentTarget.value)} />;
}
