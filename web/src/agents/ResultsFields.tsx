import { ActionIcon, Button, Select, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import classes from './ResultsFields.module.css';
import type { DraftResult } from './version';

const words = agents.results;
const types = Object.entries(words.types).map(([value, label]) => ({ value, label }));

/** What the agent records in a call. */
export function ResultsFields({ draft: { results }, change, errors, readOnly }: Part) {
  const put = (index: number, changed: Partial<DraftResult>) => change({ results: results.map((result, at) => (at === index ? { ...result, ...changed } : result)) });
  return (
    <Stack gap="sm">
      <Text size="sm" c="var(--text-quiet)">
        {words.about}
      </Text>
      {errors.at('/results') && <Text size="sm" className={classes.error}>{errors.at('/results')}</Text>}
      {results.map((result, index) => (
        <div key={index} role="group" aria-label={words.label(index + 1)} className={classes.result}>
          <div className={classes.first}>
            <TextInput
              label={words.name}
              value={result.name}
              readOnly={readOnly}
              maxLength={64}
              error={errors.at(`/results/${index}/name`)}
              onChange={(event) => put(index, { name: event.currentTarget.value })}
            />
            <Select
              label={words.type}
              data={types}
              value={result.type}
              readOnly={readOnly}
              allowDeselect={false}
              error={errors.at(`/results/${index}/type`)}
              onChange={(type) => put(index, { type: type as DraftResult['type'] })}
            />
            {!readOnly && (
              <ActionIcon
                variant="subtle"
                color="gray"
                className={classes.remove}
                aria-label={words.remove(index + 1)}
                title={words.remove(index + 1)}
                onClick={() => change({ results: results.toSpliced(index, 1) })}
              >
                <IconX size={15} />
              </ActionIcon>
            )}
          </div>
          <TextInput
            label={words.meaning}
            value={result.description}
            readOnly={readOnly}
            maxLength={1000}
            error={errors.at(`/results/${index}/description`)}
            onChange={(event) => put(index, { description: event.currentTarget.value })}
          />
          {result.type === 'choice' && (
            <Textarea
              label={words.choices}
              value={result.choices}
              readOnly={readOnly}
              autosize
              minRows={2}
              error={errors.at(`/results/${index}/choices`)}
              onChange={(event) => put(index, { choices: event.currentTarget.value })}
            />
          )}
        </div>
      ))}
      {results.length === 0 && readOnly && <Text size="sm">{words.none}</Text>}
      {!readOnly && (
        <div>
          <Button
            variant="default"
            size="xs"
            leftSection={<IconPlus size={14} aria-hidden />}
            onClick={() => change({ results: [...results, { name: '', description: '', type: 'text', choices: '' }] })}
          >
            {words.add}
          </Button>
        </div>
      )}
    </Stack>
  );
}
