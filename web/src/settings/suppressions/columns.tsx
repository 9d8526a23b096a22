import { When, type DataColumn } from '@/kit';
import type { SuppressionView } from '@/kit/api';
import { phone } from '@/kit/format';
import { parts } from '@/text/en/parts';
import { suppressions as text } from '@/text/en/settings/suppressions';
import { RemoveButton } from './RemoveButton';

export const suppressionColumns: readonly DataColumn<SuppressionView>[] = [
  { id: 'number', header: text.columns.number, cell: ({ phone_number }) => phone(phone_number) },
  { id: 'source', header: text.columns.source, cell: ({ source }) => text.sources[source] ?? source },
  { id: 'reason', header: text.columns.reason, wide: true, cell: ({ reason }) => reason },
  { id: 'since', header: text.columns.since, wide: true, cell: ({ created_at }) => <When at={created_at} /> },
  { id: 'actions', header: parts.actions, align: 'right', cell: (row) => <RemoveButton suppression={row} /> },
];
