import { ActionIcon, Button, Fieldset, NumberInput, TextInput } from '@mantine/core';
import { IconPlus, IconX } from '@tabler/icons-react';
import { agents } from '@/text/en/agents';
import { steps as words } from '@/text/en/steps';
import classes from './Steps.module.css';
import type { Answer, AskStep, Miss } from './steps';
import { GoTo, RecordFields, type StepPart } from './Ways';

type AskPart = StepPart & { step: AskStep; put: (changed: Partial<AskStep>) => void };

/** The answers to a question, and what happens without one. */
export function AskFields(part: AskPart) {
  const { step, put, errors, readOnly, at } = part;
  const putAnswer = (index: number, changed: Partial<Answer>) => put({ answers: step.answers.map((answer, nth) => (nth === index ? { ...answer, ...changed } : answer)) });
  return (
    <>
      <Fieldset legend={words.answers} variant="unstyled">
        {errors.at(`${at}/answers`) && <p className={classes.error}>{errors.at(`${at}/answers`)}</p>}
        {step.answers.map((answer, index) => (
          <div key={index} role="group" aria-label={words.answer(index + 1)} className={classes.answer}>
            <div className={classes.row}>
              <TextInput
                label={words.when}
                title={words.whenHelp}
                value={answer.when}
                readOnly={readOnly}
                maxLength={10}
                error={errors.at(`${at}/answers/${index}/when`)}
                onChange={(event) => putAnswer(index, { when: event.currentTarget.value })}
              />
              <GoTo {...part} at={`${at}/answers/${index}`} label={words.goTo} value={answer.go_to ?? 'next'} put={(go_to) => putAnswer(index, { go_to })} />
              <RecordFields {...part} at={`${at}/answers/${index}`} record={answer.record} put={(record) => putAnswer(index, { record: record ?? null })} />
            </div>
            {!readOnly && step.answers.length > 1 && (
              <ActionIcon
                variant="subtle"
                color="gray"
                className={classes.remove}
                aria-label={words.removeAnswer(index + 1)}
                title={words.removeAnswer(index + 1)}
                onClick={() => put({ answers: step.answers.toSpliced(index, 1) })}
              >
                <IconX size={15} />
              </ActionIcon>
            )}
          </div>
        ))}
        {!readOnly && (
          <Button variant="subtle" size="compact-xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => put({ answers: [...step.answers, { when: '' }] })}>
            {words.addAnswer}
          </Button>
        )}
      </Fieldset>
      <MissFields {...part} kind="no_input" />
      <MissFields {...part} kind="no_match" />
      <div className={classes.row}>
        <Amount {...part} field="times" label={words.times} usual={2} suffix={words.timesSuffix} />
        <Amount {...part} field="wait_s" label={words.wait} usual={5} suffix={agents.editor.secondsSuffix} />
      </div>
    </>
  );
}

function MissFields({ kind, ...part }: AskPart & { kind: 'no_input' | 'no_match' }) {
  const at = `${part.at}/${kind}`;
  const miss = part.step[kind] ?? {};
  const put = (changed: Partial<Miss>) => part.put({ [kind]: { ...miss, ...changed } });
  return (
    <Fieldset legend={words.misses[kind]} variant="unstyled">
      <div className={classes.row}>
        <TextInput label={words.missText} value={miss.text ?? ''} readOnly={part.readOnly} error={part.errors.at(`${at}/text`)} onChange={(event) => put({ text: event.currentTarget.value })} />
        <GoTo {...part} at={at} label={words.missGoTo} value={miss.go_to ?? 'end'} put={(go_to) => put({ go_to })} />
        <RecordFields {...part} at={at} record={miss.record} put={(record) => put({ record: record ?? null })} />
      </div>
    </Fieldset>
  );
}

interface AmountProps extends AskPart {
  field: 'times' | 'wait_s';
  label: string;
  usual: number;
  suffix: string;
}

function Amount({ step, put, errors, readOnly, at, field, label, usual, suffix }: AmountProps) {
  return (
    <NumberInput
      label={label}
      value={step[field] ?? ''}
      readOnly={readOnly}
      placeholder={`${usual}${suffix}`}
      min={1}
      allowDecimal={false}
      clampBehavior="none"
      suffix={suffix}
      error={errors.at(`${at}/${field}`)}
      onChange={(value) => put({ [field]: value === '' ? undefined : Number(value) })}
    />
  );
}
