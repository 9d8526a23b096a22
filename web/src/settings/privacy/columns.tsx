import { StatusBadge, When, type DataColumn } from '@/kit';
import type { ErasureView } from '@/kit/api';
import { number } from '@/kit/format';
import { privacy } from '@/text/en/settings/privacy';

const text = privacy.erasures;

export const erasureColumns: readonly DataColumn<ErasureView>[] = [
  { id: 'at', header: text.columns.at, cell: ({ requested_at }) => <When at={requested_at} /> },
  { id: 'by', header: text.columns.by, wide: true, cell: ({ requested_by }) => requested_by },
  {
    id: 'state',
    header: text.columns.state,
    cell: ({ state, in_call }) => <StatusBadge tone={state === 'done' ? 'good' : 'active'}>{in_call ? text.inCall : text.states[state]}</StatusBadge>,
  },
  { id: 'rows', header: text.columns.rows, align: 'right', cell: ({ rows }) => number(rows) },
  { id: 'calls', header: text.columns.calls, align: 'right', cell: ({ calls }) => number(calls) },
  { id: 'recordings', header: text.columns.recordings, align: 'right', wide: true, cell: ({ recordings }) => number(recordings) },
];
