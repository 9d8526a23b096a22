import { Checkbox, Input, Text } from '@mantine/core';
import { form } from '@/text/en/newBatch';
import { retryReasons } from './draft';
import type { SectionProps } from './fields';
import classes from './Form.module.css';
import { NumberField } from './NumberField';
import { Section } from './Section';
import { retryWords } from './words';

const text = form.retry;

/** Whether people who were not reached are called again. */
export function RetrySection({ draft, set, error }: SectionProps) {
  const off = draft.maxRetries === '' || draft.maxRetries < 1;
  return (
    <Section title={text.title}>
      <div className={classes.pair}>
        <NumberField
          label={text.max}
          min={0}
          max={10}
          allowDecimal={false}
          value={draft.maxRetries}
          onChange={(maxRetries) => set({ maxRetries })}
          error={error('/retry/max_retries')}
        />
        <NumberField
          label={text.wait}
          suffix={` ${text.minutes}`}
          min={0}
          max={10_080}
          disabled={off}
          value={draft.waitMinutes}
          onChange={(waitMinutes) => set({ waitMinutes })}
          error={error('/retry/wait_minutes')}
        />
      </div>
      <Input.Wrapper label={text.on} labelElement="div">
        <div className={classes.pair} role="group" aria-label={text.on} style={{ marginTop: 6 }}>
          {retryReasons.map((reason) => (
            <Checkbox
              key={reason}
              label={text[reason]}
              disabled={off}
              checked={draft.retry[reason]}
              onChange={({ currentTarget: { checked } }) => set({ retry: { ...draft.retry, [reason]: checked } })}
            />
          ))}
        </div>
      </Input.Wrapper>
      <Text className={classes.words} role="status">
        {retryWords(draft)}
      </Text>
    </Section>
  );
}
