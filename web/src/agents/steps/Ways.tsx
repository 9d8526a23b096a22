import { Select, TextInput } from '@mantine/core';
import { steps as words } from '@/text/en/steps';
import type { Part } from '../fieldsOf';
import { targets, type Recorded } from './steps';

/** What every part of a step needs beside itself. */
export type StepPart = Part & { at: string };

interface GoToProps extends StepPart {
  label: string;
  value: string;
  put: (value: string) => void;
}

/** Where a step, an answer or a miss leads. */
export function GoTo({ draft, errors, readOnly, at, label, value, put }: GoToProps) {
  const known = targets(draft.steps);
  const data = [...known, ...(known.includes(value) ? [] : [value])].map((target) => ({ value: target, label: target in words.ways ? words.ways[target as keyof typeof words.ways] : target }));
  return <Select label={label} data={data} value={value} readOnly={readOnly} allowDeselect={false} error={errors.at(`${at}/go_to`)} onChange={(target) => put(target ?? 'next')} />;
}

interface RecordProps extends StepPart {
  record: Recorded | null | undefined;
  put: (record: Recorded | undefined) => void;
}

/** The result that is recorded, and its value. */
export function RecordFields({ draft, errors, readOnly, at, record, put }: RecordProps) {
  const names = [...new Set([...draft.results.map(({ name }) => name), record?.name ?? ''])].filter((name) => name !== '');
  if (names.length === 0) return null;
  return (
    <>
      <Select
        label={words.record}
        placeholder={words.recordNothing}
        data={names}
        value={record?.name ?? null}
        readOnly={readOnly}
        clearable={!readOnly}
        error={errors.at(`${at}/record/name`)}
        onChange={(name) => put(name === null ? undefined : { ...record, name })}
      />
      {record && (
        <TextInput
          label={words.value}
          value={record.value ?? ''}
          readOnly={readOnly}
          error={errors.at(`${at}/record/value`)}
          onChange={(event) => put({ ...record, value: event.currentTarget.value })}
        />
      )}
    </>
  );
}
