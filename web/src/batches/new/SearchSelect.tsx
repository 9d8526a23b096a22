import { Select, type SelectProps } from '@mantine/core';
import { form as text } from '@/text/en/newBatch';

/** A choice among many: typing replaces what is chosen, and Enter takes the first that fits. */
export function SearchSelect(props: SelectProps) {
  return (
    <Select
      searchable
      selectFirstOptionOnChange
      limit={80}
      nothingFoundMessage={text.basics.nothingFound}
      onFocus={(event) => event.currentTarget.select()}
      onClick={(event) => event.currentTarget.select()}
      {...props}
    />
  );
}
