import { Select, Text, TextInput } from '@mantine/core';
import { IconArrowDown, IconArrowUp, IconX } from '@tabler/icons-react';
import { steps as words } from '@/text/en/steps';
import { linesOf } from '../lines';
import { PlaceholderText } from '../PlaceholderText';
import { RowTool } from '../RowTool';
import { AskFields } from './AskFields';
import classes from './Steps.module.css';
import { stepOf, stepTypes, type Step } from './steps';
import { GoTo, RecordFields, type StepPart } from './Ways';

const types = stepTypes.map((value) => ({ value, label: words.types[value] }));

type Props = StepPart & { step: Step; number: number; put: (step: Step) => void; swap: (index: number) => void; remove: () => void };

/** One step of a script. */
export function StepCard({ step, number, put, swap, remove, ...part }: Props) {
  const { draft, errors, readOnly, at } = part;
  const patch = (changed: Partial<Step>) => put({ ...step, ...changed } as Step);
  const text = step.text ?? '';
  return (
    <li role="group" aria-label={words.step(number)} className={classes.step}>
      <div className={classes.head}>
        <Text size="sm" fw={600} className={classes.title}>
          {words.step(number)}
        </Text>
        {!readOnly && (
          <>
            <RowTool label={words.up(number)} off={number === 1} run={() => swap(number - 2)} icon={<IconArrowUp size={15} />} />
            <RowTool label={words.down(number)} off={number === draft.steps.length} run={() => swap(number - 1)} icon={<IconArrowDown size={15} />} />
            <RowTool label={words.remove(number)} run={remove} icon={<IconX size={15} />} />
          </>
        )}
      </div>
      {errors.at(at) && <Text size="sm" className={classes.error}>{errors.at(at)}</Text>}
      <div className={classes.row}>
        <Select label={words.type} data={types} value={step.type} readOnly={readOnly} allowDeselect={false} onChange={(type) => put(stepOf(type as Step['type'], step))} />
        <TextInput
          label={words.name}
          title={words.nameHelp}
          value={step.name ?? ''}
          readOnly={readOnly}
          maxLength={64}
          error={errors.at(`${at}/name`)}
          onChange={(event) => patch({ name: event.currentTarget.value })}
        />
      </div>
      <PlaceholderText label={words.text[step.type]} value={text} onChange={(next) => patch({ text: next })} error={errors.at(`${at}/text`)} readOnly={readOnly} rows={1} />
      {step.type === 'ask' ? (
        <AskFields {...part} step={step} put={patch} />
      ) : (
        <div className={classes.row}>
          {step.type === 'transfer' && (
            <Select
              label={words.to}
              title={words.toHelp}
              data={[...new Set([...linesOf(draft.transfer_to), step.to])].filter((to) => to !== '')}
              value={step.to || null}
              readOnly={readOnly}
              error={errors.at(`${at}/to`)}
              onChange={(to) => patch({ to: to ?? '' })}
            />
          )}
          {step.type === 'say' && <GoTo {...part} label={words.goTo} value={step.go_to ?? 'next'} put={(go_to) => patch({ go_to })} />}
          <RecordFields {...part} record={step.record} put={(record) => patch({ record: record ?? null })} />
        </div>
      )}
    </li>
  );
}
