import { NumberInput, type NumberInputProps } from '@mantine/core';
import type { NumberField as Value } from './draft';

interface Props extends Omit<NumberInputProps, 'value' | 'onChange'> {
  value: Value;
  onChange: (value: Value) => void;
}

/** A number, or nothing while the field is empty. */
export function NumberField({ value, onChange, ...rest }: Props) {
  return (
    <NumberInput
      {...rest}
      value={value}
      allowNegative={false}
      thousandSeparator=","
      onChange={(next) => onChange(next === '' || !Number.isFinite(Number(next)) ? '' : Number(next))}
    />
  );
}
