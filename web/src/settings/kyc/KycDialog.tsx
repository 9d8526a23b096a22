import { Button, Group, Stack, Text, TextInput } from '@mantine/core';
import { IconPlus } from '@tabler/icons-react';
import { useState } from 'react';
import { api, fieldErrors, ok, type DocumentView, type KycView } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { countryName } from '@/settings/telephony/presets';
import { kyc } from '@/text/en/settings/kyc';
import classes from './KycDialog.module.css';

const text = kyc.form;
type Document = Pick<DocumentView, 'name' | 'kind' | 'reference'>;

const blank: Document = { name: '', kind: '', reference: '' };
const parts = ['name', 'kind', 'reference'] as const;
const placeholders = { name: text.namePlaceholder, kind: text.kindPlaceholder, reference: text.referencePlaceholder };

/** Hands in what is known of the documents for a country. */
export function KycDialog({ record: { country, documents: before }, onClose }: { record: KycView; onClose: () => void }) {
  const [documents, setDocuments] = useState<readonly Document[]>(
    before.length > 0 ? before.map(({ name, kind, reference }) => ({ name, kind, reference })) : [blank],
  );
  const submit = useChange(() => ok(api.PUT('/v1/kyc/{country}', { params: { path: { country } }, body: { documents: [...documents] } })), {
    touches: [['kyc']],
    done: () => text.done(countryName(country)),
    then: onClose,
  });
  const errors = fieldErrors(submit.error, documents.flatMap((_, index) => parts.map((part) => `/documents/${index}/${part}`)));
  return (
    <FormDialog
      title={text.title(countryName(country))}
      submit={text.submit}
      size="lg"
      onClose={onClose}
      onSubmit={() => submit.mutate(undefined)}
      busy={submit.isPending}
      error={submit.error}
      rest={errors.rest}
    >
      <Text size="sm" c="var(--text-quiet)">
        {text.about}
      </Text>
      {documents.map((document, index) => (
        <fieldset key={index} className={classes.document}>
          <Group component="legend" gap="xs" justify="space-between" w="100%">
            <Text span fw={600}>
              {text.document(index + 1)}
            </Text>
            {documents.length > 1 && (
              <Button
                variant="subtle"
                color="gray"
                size="compact-xs"
                aria-label={text.remove(index + 1)}
                onClick={() => setDocuments(documents.filter((_, at) => at !== index))}
              >
                {kyc.form.drop}
              </Button>
            )}
          </Group>
          <Stack gap="xs">
            {parts.map((part) => (
              <TextInput
                key={part}
                label={text[part]}
                placeholder={placeholders[part]}
                value={document[part]}
                error={errors.at(`/documents/${index}/${part}`)}
                onChange={(event) => setDocuments(documents.with(index, { ...document, [part]: event.currentTarget.value }))}
                required
              />
            ))}
          </Stack>
        </fieldset>
      ))}
      <div>
        <Button variant="default" size="xs" leftSection={<IconPlus size={14} aria-hidden />} onClick={() => setDocuments([...documents, blank])}>
          {text.add}
        </Button>
      </div>
    </FormDialog>
  );
}
