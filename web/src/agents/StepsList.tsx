import { Code, Input, Stack, Text } from '@mantine/core';
import { steps as text } from '@/text/en/steps';
import { ways, type Step } from './steps';

/** The steps of a script, to read. */
export function StepsList({ steps }: { steps: readonly Step[] }) {
  return (
    <Input.Wrapper label={text.label} labelElement="div" description={text.help}>
      <Stack component="ol" gap="xs" mt={4} pl="lg">
        {steps.map((step, index) => (
          <li key={index}>
            <Text size="sm">
              <Code>{step.type}</Code> {step.name && <b>{step.name}</b>} {step.text}
            </Text>
            {ways(step).map((way) => (
              <Text key={way} size="sm" c="var(--text-quiet)">
                {way}
              </Text>
            ))}
          </li>
        ))}
      </Stack>
    </Input.Wrapper>
  );
}
