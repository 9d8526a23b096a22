import { ActionIcon, Button, Stack, Text, TextInput } from '@mantine/core';
import { IconX } from '@tabler/icons-react';
import { Section } from '@/kit/form/Section';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import { isBuiltIn, lookalikes, placeholdersOf } from './placeholders';
import classes from './Placeholders.module.css';
import { textsOf } from './version';

/** The placeholders of all texts, and their defaults. */
export function Placeholders({ draft, change, errors, readOnly }: Part) {
  const used = placeholdersOf(textsOf(draft));
  const unused = Object.keys(draft.variables).filter((name) => !used.includes(name));
  const set = (name: string, value: string) => change({ variables: { ...draft.variables, [name]: value } });
  const drop = (name: string) => change({ variables: Object.fromEntries(Object.entries(draft.variables).filter(([key]) => key !== name)) });
  const mistake = errors.at('/variables');
  return (
    <Section title={agents.placeholders.title} about={agents.placeholders.about}>
      <Stack gap={6} component="ul" className={classes.list}>
        {[...used, ...unused].map((name) => (
          <li key={name} className={classes.row}>
            <span className={classes.name}>
              <code>{name}</code>
              {isBuiltIn(name) && <span className={classes.note}>{agents.placeholders.builtIn}</span>}
              {unused.includes(name) && <span className={classes.note}>{agents.placeholders.unused}</span>}
            </span>
            {!isBuiltIn(name) && (
              <Default name={name} value={draft.variables[name]} readOnly={readOnly} onSet={(value) => set(name, value)} onDrop={() => drop(name)} />
            )}
          </li>
        ))}
      </Stack>
      {used.length + unused.length === 0 && (
        <Text size="sm" c="var(--text-quiet)">
          {agents.placeholders.none}
        </Text>
      )}
      {lookalikes(used).map((names) => (
        <Text key={names.join()} size="sm" className={classes.alike}>
          {agents.placeholders.alike(names.join(', '))}
        </Text>
      ))}
      {mistake && (
        <Text size="sm" c="var(--mantine-color-error)">
          {mistake}
        </Text>
      )}
    </Section>
  );
}

interface DefaultProps {
  name: string;
  value: string | undefined;
  readOnly: boolean;
  onSet: (value: string) => void;
  onDrop: () => void;
}

/** A default may be an empty text, which is not the same as none. */
function Default({ name, value, readOnly, onSet, onDrop }: DefaultProps) {
  if (value === undefined) {
    return (
      <span className={classes.none}>
        {agents.placeholders.defaultHint}
        {!readOnly && (
          <Button variant="subtle" size="compact-xs" onClick={() => onSet('')}>
            {agents.placeholders.give}
          </Button>
        )}
      </span>
    );
  }
  return (
    <TextInput
      size="xs"
      aria-label={agents.placeholders.default(name)}
      value={value}
      readOnly={readOnly}
      onChange={(event) => onSet(event.currentTarget.value)}
      rightSection={
        !readOnly && (
          <ActionIcon variant="subtle" color="gray" size="xs" aria-label={agents.placeholders.drop(name)} onClick={onDrop}>
            <IconX size={12} />
          </ActionIcon>
        )
      }
    />
  );
}
