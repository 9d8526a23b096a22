import { ActionIcon, Button, NumberInput, Stack, Text, Textarea, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { agents } from '@/text/en/agents';
import type { Part } from './fieldsOf';
import classes from './ToolsFields.module.css';
import { newTool, type DraftTool } from './tools';

const words = agents.tools;

/** Functions of the user's own that the agent may call. */
export function ToolsFields({ draft: { tools }, change, errors, readOnly }: Part) {
  const put = (index: number, changed: Partial<DraftTool>) => change({ tools: tools.map((tool, at) => (at === index ? { ...tool, ...changed } : tool)) });
  return (
    <Stack gap="sm">
      <Text size="sm" c="var(--text-quiet)">
        {words.about}
      </Text>
      {errors.at('/tools') && <Text size="sm" className={classes.error}>{errors.at('/tools')}</Text>}
      {tools.map((tool, index) => (
        <div key={index} role="group" aria-label={words.label(index + 1)} className={classes.tool}>
          <div className={classes.first}>
            <TextInput
              label={words.name}
              value={tool.name}
              readOnly={readOnly}
              required={!readOnly}
              maxLength={64}
              error={errors.at(`/tools/${index}/name`)}
              onChange={(event) => put(index, { name: event.currentTarget.value })}
            />
            <TextInput
              label={words.url}
              value={tool.url}
              readOnly={readOnly}
              required={!readOnly}
              error={errors.at(`/tools/${index}/url`)}
              onChange={(event) => put(index, { url: event.currentTarget.value })}
            />
            <NumberInput
              label={words.timeout}
              value={tool.timeout_s}
              readOnly={readOnly}
              placeholder="10"
              min={1}
              allowDecimal={false}
              clampBehavior="none"
              suffix={agents.editor.secondsSuffix}
              error={errors.at(`/tools/${index}/timeout_s`)}
              onChange={(value) => put(index, { timeout_s: value === '' ? '' : Number(value) })}
            />
            {!readOnly && (
              <ActionIcon
                variant="subtle"
                color="gray"
                className={classes.remove}
                aria-label={words.remove(index + 1)}
                title={words.remove(index + 1)}
                onClick={() => change({ tools: tools.toSpliced(index, 1) })}
              >
                <IconX size={15} />
              </ActionIcon>
            )}
          </div>
          <Textarea
            label={words.meaning}
            value={tool.description}
            readOnly={readOnly}
            autosize
            minRows={1}
            error={errors.at(`/tools/${index}/description`)}
            onChange={(event) => put(index, { description: event.currentTarget.value })}
          />
          <Textarea
            label={words.parameters}
            description={words.parametersHelp}
            value={tool.parameters}
            readOnly={readOnly}
            autosize
            minRows={2}
            maxRows={16}
            classNames={{ input: classes.code ?? '' }}
            placeholder={words.parametersSample}
            error={errors.at(`/tools/${index}/parameters`)}
            onChange={(event) => put(index, { parameters: event.currentTarget.value })}
          />
          <Textarea
            label={words.headers}
            description={tool.stored.length > 0 ? words.storedHeaders(tool.stored.join(', ')) : words.headersHelp}
            value={tool.headers}
            readOnly={readOnly}
            autosize
            minRows={1}
            placeholder={readOnly ? '' : words.headersSample}
            error={errors.at(`/tools/${index}/headers`)}
            onChange={(event) => put(index, { headers: event.currentTarget.value })}
          />
        </div>
      ))}
      {tools.length === 0 && readOnly && <Text size="sm">{words.none}</Text>}
      {!readOnly && (
        <div>
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => change({ tools: [...tools, newTool] })}>
            {words.add}
          </Button>
        </div>
      )}
    </Stack>
  );
}
