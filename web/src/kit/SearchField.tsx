import { TextInput, type TextInputProps } from '@mantine/core';
import { useDebouncedCallback } from '@mantine/hooks';
import { IconSearch } from '@tabler/icons-react';
import { useState } from 'react';

interface Props extends Omit<TextInputProps, 'value' | 'onChange' | 'type'> {
  /** What is searched for, as the address says. */
  value: string;
  onChange: (value: string) => void;
}

/** How long typing rests before the search follows, in milliseconds. */
const REST = 250;

/** A field to search with. It runs ahead of the address, which follows when typing rests. */
export function SearchField({ value, onChange, ...input }: Props) {
  const [typed, setTyped] = useState(value);
  const [seen, setSeen] = useState(value);
  const [told, setTold] = useState(value);
  const tell = useDebouncedCallback((next: string) => {
    setTold(next);
    onChange(next);
  }, REST);

  // Not the answer to what was typed here: somebody went back, or cleared the filters.
  if (value !== seen) {
    setSeen(value);
    if (value !== told) {
      setTold(value);
      setTyped(value);
    }
  }

  return (
    <TextInput
      type="search"
      leftSection={<IconSearch size={15} aria-hidden />}
      maxLength={100}
      {...input}
      value={typed}
      onChange={({ currentTarget: { value: next } }) => {
        setTyped(next);
        tell(next.trim());
      }}
    />
  );
}
