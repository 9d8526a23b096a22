import { Input, List, SegmentedControl, Textarea } from '@mantine/core';
import { useState } from 'react';
import { api, fieldErrors, ok, type WorkspaceKyc } from '@/kit/api';
import { FormDialog } from '@/kit/form/FormDialog';
import { useChange } from '@/kit/form/useChange';
import { operator } from '@/text/en/settings/operator';
import { countryName } from '../telephony/presets';

const text = operator.kyc;

interface Props {
  record: WorkspaceKyc;
  /** Its name. */
  workspace: string;
  onClose: () => void;
}

/** Approves or rejects what a workspace handed in. */
export function DecisionDialog({ record: { workspace_id, country, documents, note: before }, workspace, onClose }: Props) {
  const [state, setState] = useState<'approved' | 'rejected'>('approved');
  const [note, setNote] = useState(before ?? '');
  const decide = useChange(
    () => ok(api.PUT('/v1/operator/workspaces/{id}/kyc/{country}', { params: { path: { id: workspace_id, country } }, body: { state, note } })),
    { touches: [['operator', 'kyc'], ['kyc']], done: () => text.done, then: onClose },
  );
  const errors = fieldErrors(decide.error, ['/state', '/note']);
  return (
    <FormDialog
      title={text.decideTitle(workspace, countryName(country))}
      submit={text.save}
      onClose={onClose}
      onSubmit={() => decide.mutate(undefined)}
      busy={decide.isPending}
      error={decide.error}
      rest={errors.rest}
    >
      <List size="sm">
        {documents.map(({ name, kind, reference }, index) => (
          <List.Item key={index}>{`${name} (${kind}): ${reference}`}</List.Item>
        ))}
      </List>
      <Input.Wrapper label={text.decision} labelElement="div" error={errors.at('/state')}>
        <div>
          <SegmentedControl
            aria-label={text.decision}
            data={[
              { value: 'approved', label: text.approve },
              { value: 'rejected', label: text.reject },
            ]}
            value={state}
            onChange={setState}
          />
        </div>
      </Input.Wrapper>
      <Textarea label={text.note} description={text.noteHelp} value={note} onChange={(event) => setNote(event.currentTarget.value)} error={errors.at('/note')} />
    </FormDialog>
  );
}
