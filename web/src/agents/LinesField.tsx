import { Button, Group, Input, Stack, Text } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconPlus, IconX } from '@tabler/icons-react';
import { agents } from '@/text/en/agents';
import { steps } from '@/text/en/steps';
import type { Part } from './fieldsOf';
import classes from './LinesField.module.css';
import { swapped } from './lines';
import { PlaceholderText } from './PlaceholderText';
import { RowTool } from './RowTool';
import { SoundMenu } from './SoundMenu';
import { stepsOfLines } from './steps/steps';

/** What is said after each turn of the person. */
export function LinesField({ draft: { lines }, change, errors, readOnly }: Part) {
  const put = (next: string[]) => change({ lines: next });
  /** Swaps a line with the one after it. */
  const swap = (index: number) => put(swapped(lines, index));
  return (
    <Input.Wrapper label={agents.fields.lines} labelElement="div" description={agents.editor.linesHelp} error={errors.at('/engine/lines')}>
      <Stack gap={6} mt={4}>
        {lines.map((line, index) => (
          <div key={index} className={classes.line}>
            <div className={classes.text}>
              <PlaceholderText
                label={agents.editor.line(index + 1)}
                hideLabel
                value={line}
                onChange={(text) => put(lines.with(index, text))}
                error={errors.at(`/engine/lines/${index}`)}
                readOnly={readOnly}
                rows={1}
              />
            </div>
            {!readOnly && (
              <Group gap={2} wrap="nowrap" className={classes.tools}>
                <SoundMenu label={agents.sounds.choose.line(index + 1)} iconOnly value={line} onChange={(text) => put(lines.with(index, text))} />
                <RowTool label={agents.editor.lineUp(index + 1)} off={index === 0} run={() => swap(index - 1)} icon={<IconArrowUp size={15} />} />
                <RowTool label={agents.editor.lineDown(index + 1)} off={index === lines.length - 1} run={() => swap(index)} icon={<IconArrowDown size={15} />} />
                <RowTool label={agents.editor.removeLine(index + 1)} run={() => put(lines.toSpliced(index, 1))} icon={<IconX size={15} />} />
              </Group>
            )}
          </div>
        ))}
        {lines.length === 0 && (
          <Text size="sm" c="var(--text-quiet)">
            {agents.editor.noLines}
          </Text>
        )}
        {!readOnly && (
          <Group gap="xs">
            <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => put([...lines, ''])}>
              {agents.editor.addLine}
            </Button>
            <Button variant="subtle" size="xs" onClick={() => change({ lines: [], steps: stepsOfLines(lines) })}>
              {steps.follow}
            </Button>
          </Group>
        )}
      </Stack>
    </Input.Wrapper>
  );
}
