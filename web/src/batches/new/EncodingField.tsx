import { Text } from '@mantine/core';
import { useQuery } from '@tanstack/react-query';
import { sentence } from '@/kit/sentence';
import { form } from '@/text/en/newBatch';
import classes from './Form.module.css';
import { encodings, lettersIn, tellingPart } from './letters';
import { SearchSelect } from './SearchSelect';
import type { Picked } from './useCheck';

interface Props {
  picked: Picked;
  value: string;
  onChange: (encoding: string) => void;
  /** What the server took the file for; undefined means UTF-8. */
  found: string | undefined;
  /** Words of the server about its guess. */
  guess: string | undefined;
  /** Whether it is shown of a file without letters beyond ASCII, too. */
  asked: boolean;
  error: string | undefined;
}

const text = form.file;

/** The encoding of the file, chosen by how its letters look. */
export function EncodingField({ picked, value, onChange, found, guess, asked, error }: Props) {
  const { data: part } = useQuery({
    queryKey: ['letters', picked.id],
    queryFn: async () => (await tellingPart(picked.file)) ?? null,
    staleTime: Infinity,
    gcTime: 0,
    retry: false,
  });
  if (!part && !asked && !error) return null;
  const options = [{ value: '', label: found ? text.encodingFound(found) : text.encodingAuto }, ...encodings.map(([name, label]) => ({ value: name, label }))];
  const read = value || (found ?? 'utf-8').toLowerCase();
  const lines = part ? lettersIn(part, read) : [];
  return (
    <div>
      <SearchSelect
        label={text.encoding}
        description={guess ? sentence(guess) : text.encodingHelp}
        data={options}
        value={value}
        allowDeselect={false}
        onChange={(chosen) => onChange(chosen ?? '')}
        renderOption={({ option }) => <Option label={option.label} letters={part && option.value ? lettersIn(part, option.value, 1)[0] : undefined} />}
        error={error}
      />
      {lines.length > 0 && (
        <pre className={classes.letters} aria-label={text.letters}>
          {lines.join('\n')}
        </pre>
      )}
    </div>
  );
}

function Option({ label, letters }: { label: string; letters: string | undefined }) {
  return (
    <div>
      {label}
      {letters && (
        <Text size="xs" c="var(--text-quiet)" truncate>
          {letters}
        </Text>
      )}
    </div>
  );
}
