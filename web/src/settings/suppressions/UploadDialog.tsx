import { Alert, Button, Group, List, Modal, Select, Stack, Text } from '@mantine/core';
import { useState } from 'react';
import { sentence } from '@/kit/sentence';
import { ErrorState, FileDrop } from '@/kit';
import { postForm, type Uploaded } from '@/kit/api';
import { number } from '@/kit/format';
import { useChange } from '@/kit/form/useChange';
import { suppressions } from '@/text/en/settings/suppressions';
import { useCountries } from '../telephony/useCountries';
import { rowWords } from './rowWords';

const text = suppressions.upload;

/** Suppresses every number of a file, and says what became of each row. */
export function UploadDialog({ onClose }: { onClose: () => void }) {
  const countries = useCountries();
  const [country, setCountry] = useState<string | null>(null);
  const upload = useChange(
    (file: File) => {
      const form = new FormData();
      if (country) form.append('default_country', country);
      form.append('file', file);
      return postForm<Uploaded>('/v1/suppressions/upload', form);
    },
    { touches: [['suppressions']] },
  );
  return (
    <Modal opened onClose={onClose} title={text.title} size="lg">
      <Stack gap="md">
        <Text size="sm" c="var(--text-quiet)">
          {text.about}
        </Text>
        <Select label={text.country} placeholder={text.countryNone} data={countries} value={country} onChange={setCountry} searchable clearable />
        <FileDrop label={text.drop} accept=".csv,.xlsx,.txt,.tsv" onFile={(file) => upload.mutate(file)}>
          {upload.variables && (
            <Text span size="sm" c="var(--text-quiet)">
              {upload.variables.name}
            </Text>
          )}
        </FileDrop>
        {upload.isError && <ErrorState error={upload.error} />}
        <div role="status">{upload.data && <Result {...upload.data} />}</div>
        <Group justify="flex-end">
          <Button variant="default" onClick={onClose} loading={upload.isPending}>
            {text.close}
          </Button>
        </Group>
      </Stack>
    </Modal>
  );
}

function Result({ added, known, total, rejected, rejections, warnings }: Uploaded) {
  return (
    <Alert color={rejected > 0 || warnings.length > 0 ? 'yellow' : 'teal'}>
      <Text>{text.result(number(added), number(known), number(total), total === 1)}</Text>
      {rejected > 0 && (
        <>
          <Text mt="xs">{text.rejected(number(rejected), rejected !== 1)}</Text>
          <List size="sm">
            {rejections.map(({ reason, label, help, count, rows }) => (
              <List.Item key={reason}>
                {`${label} (${rowWords(rows, count)}). ${help}`}
              </List.Item>
            ))}
          </List>
        </>
      )}
      {warnings.map(({ code, detail }) => (
        <Text key={`${code} ${detail}`} mt="xs">
          {sentence(detail)}
        </Text>
      ))}
    </Alert>
  );
}
