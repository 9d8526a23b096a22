import { Button, Group, Input, Stack } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { steps as words } from '@/text/en/steps';
import type { Part } from '../fieldsOf';
import { swapped } from '../lines';
import { StepCard } from './StepCard';
import { stepOf, stepTexts } from './steps';

/** The steps of a script: what it says and asks, and where each answer leads. */
export function StepsField(part: Part) {
  const { draft: { steps }, change, errors, readOnly } = part;
  const swap = (index: number) => change({ steps: swapped(steps, index) });
  return (
    <Input.Wrapper label={words.label} labelElement="div" description={words.help} error={errors.at('/engine/steps')}>
      <Stack component="ol" gap="sm" mt={4} pl={0}>
        {steps.map((step, index) => (
          <StepCard
            key={index}
            {...part}
            at={`/engine/steps/${index}`}
            step={step}
            number={index + 1}
            put={(next) => change({ steps: steps.with(index, next) })}
            swap={swap}
            remove={() => change({ steps: steps.toSpliced(index, 1) })}
          />
        ))}
      </Stack>
      {!readOnly && (
        <Group gap="xs" mt="sm">
          <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => change({ steps: [...steps, stepOf('say', {})] })}>
            {words.add}
          </Button>
          <Button variant="subtle" size="xs" title={words.sayHelp} onClick={() => change({ steps: [], lines: stepTexts(steps) })}>
            {words.say}
          </Button>
        </Group>
      )}
    </Input.Wrapper>
  );
}
