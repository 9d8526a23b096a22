import { Alert, Loader, Group, Progress, Text } from '@mantine/core';
import { ErrorState } from '@/kit';
import { ProblemError, type Preflight } from '@/kit/api';
import { percent } from '@/kit/format';
import { check as text } from '@/text/en/fileCheck';
import { withoutFieldNames } from '../../fieldNames';
import type { Draft } from '../draft';
import { sentence } from '@/kit/sentence';
import type { Check } from '../useCheck';
import { useVersions } from '../useChoices';
import { instantOf } from '../zoned';
import { Columns } from './Columns';
import { Counts } from './Counts';
import { ForecastBlock } from './ForecastBlock';
import { MessagePreview } from './MessagePreview';
import { Proposal } from './Proposal';
import { Rejected } from './Rejected';
import { Warnings } from './Warnings';
import { Zones } from './Zones';
import classes from './Check.module.css';

interface Props {
  file: File;
  check: Check;
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  /** Somebody wants to choose the country of numbers without a country code. */
  onCountry: () => void;
}

/** Below that, an upload is over before anybody could read how far it is. */
const largeFile = 2_000_000;

/** What would become of the file. */
export function CheckReport({ file, check, draft, set, onCountry }: Props) {
  const { report, error, checking, sent } = check;
  const uploading = checking && file.size > largeFile && sent < 1;
  return (
    <div className={classes.check} aria-label={text.title} role="group">
      {checking && (
        <div role="status">
          {uploading ? (
            <>
              <Text size="sm">{text.uploading(percent(sent, 1))}</Text>
              <Progress value={sent * 100} size="sm" mt={4} aria-label={text.title} />
            </>
          ) : (
            <Group gap="xs">
              <Loader size="xs" aria-hidden />
              <Text size="sm">{text.checking}</Text>
            </Group>
          )}
        </div>
      )}
      {error && !checking && (isInvalid(error) ? <Text size="sm">{text.invalid}</Text> : <ErrorState error={error} />)}
      {report && <Findings report={report} file={file} check={check} draft={draft} set={set} onCountry={onCountry} />}
    </div>
  );
}

/** Mistakes of fields stand beside them. */
function isInvalid(error: Error): boolean {
  return error instanceof ProblemError && error.errors.length > 0;
}

function Findings({ report, file, check, draft, set, onCountry }: Props & { report: Preflight }) {
  const version = useVersions(draft.agentId)?.find(({ number }) => number === draft.agentVersion);
  const start = draft.start === 'later' ? instantOf(draft.startsAt, draft.zone) : undefined;
  const { refused } = report;
  return (
    <div className={classes.report} data-old={check.checking || undefined}>
      {refused && (
        <Alert color="red" title={`${text.refusedTitle}: ${text.refused[refused.code]}`} role="alert">
          <Text size="sm">{sentence(withoutFieldNames(refused.detail))}</Text>
          {report.columns.length > 0 && (
            <Text size="sm" mt={4}>
              {text.columnsSeen(report.columns.filter((name) => name !== '').join(', '))}
            </Text>
          )}
          {report.proposed && <Proposal proposed={report.proposed} set={set} />}
        </Alert>
      )}
      {report.total > 0 && <Counts report={report} />}
      {report.forecast && <ForecastBlock forecast={report.forecast} start={start ?? new Date(check.at)} />}
      {report.rejections.length > 0 && <Rejected rejections={report.rejections} file={file} draft={draft} onCountry={onCountry} />}
      {version && report.columns.length > 0 && <Columns report={report} version={version} draft={draft} set={set} />}
      {version && report.total > 0 && <MessagePreview version={version} report={report} draft={draft} />}
      {report.warnings.length > 0 && <Warnings warnings={report.warnings} />}
      {report.time_zones && report.time_zones.length > 0 && <Zones zones={report.time_zones} />}
    </div>
  );
}
