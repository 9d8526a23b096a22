import { Anchor } from '@mantine/core';
import { IconMicrophone } from '@tabler/icons-react';
import { Link } from 'react-router';
import { OutcomeBadge, ShortWhen, StatusBadge, type DataColumn } from '@/kit';
import type { CallSummary } from '@/kit/api';
import { duration, inZone, phone } from '@/kit/format';
import { calls } from '@/text/en/calls';
import classes from './CallList.module.css';

const { columns: heads } = calls.list;

/** The list's columns; `names` are those of batches. */
export function callColumns(names: ReadonlyMap<string, string>): DataColumn<CallSummary>[] {
  return [
    {
      id: 'number',
      header: heads.number,
      cell: (call) => (
        <Anchor component={Link} to={`/calls/${call.call_id}`} className={classes.number}>
          {phone(call.to_number)}
        </Anchor>
      ),
    },
    {
      id: 'outcome',
      header: heads.outcome,
      cell: (call) => (call.outcome ? <OutcomeBadge outcome={call.outcome} /> : <StatusBadge tone="active">{calls.evidence.inProgress}</StatusBadge>),
    },
    { id: 'dialed', header: inZone(heads.dialed), cell: (call) => <span className={classes.fixed}>{call.dialed_at && <ShortWhen at={call.dialed_at} />}</span> },
    {
      id: 'talked',
      header: heads.talked,
      align: 'right',
      wide: true,
      cell: (call) => (
        <span className={classes.fixed}>
          {typeof call.talk_s === 'number' && duration(call.talk_s)} {call.recording && <IconMicrophone size={14} aria-label={calls.list.recorded} className={classes.recorded} />}
        </span>
      ),
    },
    { id: 'reason', header: heads.reason, wide: true, cell: (call) => <span className={classes.fixed}>{call.end_reason && calls.endReasons[call.end_reason]}</span> },
    { id: 'answered', header: heads.answeredBy, wide: true, cell: (call) => <span className={classes.fixed}>{call.answered_by && calls.answeredBy[call.answered_by]}</span> },
    {
      id: 'batch',
      header: heads.batch,
      wide: true,
      cell: (call) => (
        <Anchor component={Link} to={`/batch-calls/${call.batch_id}`} inherit className={classes.batch}>
          {names.get(call.batch_id) ?? call.batch_id}
        </Anchor>
      ),
    },
  ];
}
