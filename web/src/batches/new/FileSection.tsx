import { Group, Input, Select, Text } from '@mantine/core';
import { useMemo, useRef } from 'react';
import { DownloadLink, FileDrop } from '@/kit';
import { form } from '@/text/en/newBatch';
import { CheckReport } from './check/CheckReport';
import { countryOptions } from './countries';
import { EncodingField } from './EncodingField';
import type { SectionProps } from './fields';
import classes from './Form.module.css';
import { NumberColumnField } from './NumberColumnField';
import { SearchSelect } from './SearchSelect';
import { Section } from './Section';
import { fileSize } from './sizes';
import type { Check, Picked } from './useCheck';

interface Props extends SectionProps {
  picked: Picked | undefined;
  onFile: (file: File) => void;
  check: Check;
}

const text = form.file;
const duplicateOptions = (['allow', 'reject'] as const).map((value) => ({ value, label: text.duplicatesOptions[value] }));

/** Whom to call: the file, how it is read, and what would become of it. */
export function FileSection({ draft, set, error, picked, onFile, check }: Props) {
  const country = useRef<HTMLInputElement>(null);
  const countries = useMemo(() => [{ value: '', label: text.countryNone }, ...countryOptions()], []);
  const { refused, warnings } = check.report ?? {};
  const guess = warnings?.find(({ code }) => code === 'encoding_guessed');
  const unreadable = refused?.code === 'undecodable' || warnings?.some(({ code }) => code === 'undecodable_rows');
  return (
    <Section title={text.title}>
      <Input.Wrapper label={text.label} labelElement="div" withAsterisk>
        <FileDrop
          label={picked ? text.picked(picked.file.name, fileSize(picked.file.size)) : text.drop}
          accept=".csv,.tsv,.txt,.xlsx"
          onFile={onFile}
          error={error('/file')}
        >
          <Text component="span" size="xs" c="var(--text-quiet)">
            {picked ? text.another : text.help}
          </Text>
        </FileDrop>
      </Input.Wrapper>
      {draft.agentId && draft.agentVersion && (
        <Group gap="xs">
          <DownloadLink href={`/v1/agents/${draft.agentId}/versions/${String(draft.agentVersion)}/template.csv`} size="xs">
            {text.template}
          </DownloadLink>
          <Text size="xs" c="var(--text-quiet)">
            {text.templateHelp}
          </Text>
        </Group>
      )}
      <div className={classes.pair}>
        <Select
          label={text.duplicates}
          data={duplicateOptions}
          value={draft.duplicates}
          allowDeselect={false}
          onChange={(value) => set({ duplicates: value === 'reject' ? 'reject' : 'allow' })}
          error={error('/duplicates')}
        />
        <SearchSelect
          ref={country}
          label={text.country}
          data={countries}
          value={draft.defaultCountry}
          allowDeselect={false}
          onChange={(value) => set({ defaultCountry: value ?? '' })}
          error={error('/default_country')}
        />
        {check.report && <NumberColumnField draft={draft} set={set} error={error} report={check.report} />}
        {picked && (
          <EncodingField
            key={picked.id}
            picked={picked}
            value={draft.encoding}
            onChange={(encoding) => set({ encoding })}
            found={draft.encoding === '' ? (check.report?.encoding ?? undefined) : undefined}
            guess={guess?.detail}
            asked={Boolean(unreadable) || draft.encoding !== ''}
            error={error('/encoding')}
          />
        )}
      </div>
      {picked && (
        <CheckReport key={picked.id} file={picked.file} check={check} draft={draft} set={set} onCountry={() => country.current?.focus()} />
      )}
    </Section>
  );
}
