import { StatusBadge, When, type DataColumn, type Tone } from '@/kit';
import type { KycView } from '@/kit/api';
import { number } from '@/kit/format';
import { MayButton } from '@/kit/access/MayButton';
import { countryName } from '@/settings/telephony/presets';
import { kyc as text } from '@/text/en/settings/kyc';
import { parts } from '@/text/en/parts';

const tones: Readonly<Record<string, Tone>> = { not_submitted: 'quiet', pending: 'waiting', approved: 'good', rejected: 'bad' };

export function KycBadge({ state }: { state: string }) {
  return <StatusBadge tone={tones[state] ?? 'quiet'}>{text.states[state] ?? state}</StatusBadge>;
}

export function documentWords({ documents }: Pick<KycView, 'documents'>): string {
  return documents.length === 0 ? '' : `${text.documents(number(documents.length), documents.length !== 1)}: ${documents.map(({ name }) => name).join(', ')}`;
}

export function kycColumns(onSubmit: (country: string) => void): readonly DataColumn<KycView>[] {
  return [
    {
      id: 'country',
      header: text.columns.country,
      sortBy: ({ country }) => countryName(country),
      cell: ({ country, required }) => [countryName(country), !required && `(${text.notRequired})`].filter(Boolean).join(' '),
    },
    { id: 'state', header: text.columns.state, cell: ({ state }) => <KycBadge state={state} /> },
    { id: 'documents', header: text.columns.documents, wide: true, cell: documentWords },
    { id: 'submitted', header: text.columns.submitted, wide: true, cell: ({ submitted_at }) => submitted_at && <When at={submitted_at} /> },
    { id: 'decided', header: text.columns.decided, wide: true, cell: ({ decided_at }) => decided_at && <When at={decided_at} /> },
    { id: 'note', header: text.columns.note, wide: true, cell: ({ note }) => note },
    {
      id: 'actions',
      header: parts.actions,
      align: 'right',
      cell: ({ country, state }) => (
        <MayButton needs="admin" variant="default" size="compact-xs" onClick={() => onSubmit(country)}>
          {state === 'not_submitted' ? text.submit : text.again}
        </MayButton>
      ),
    },
  ];
}
