import type { Preflight } from '@/kit/api';
import { form } from '@/text/en/newBatch';
import { numberColumn } from './draft';
import type { SectionProps } from './fields';
import { NumberField } from './NumberField';
import { SearchSelect } from './SearchSelect';

const text = form.file;

/** Refusals that another row for the header may mend. */
const headerTroubles: readonly string[] = ['missing_phone_number_column', 'duplicate_column', 'no_rows', 'nothing_accepted'];

/** Where the header stands, and which of its columns has the numbers. */
export function NumberColumnField({ draft, set, error, report }: SectionProps & { report: Preflight }) {
  const { refused } = report;
  const columns = [...new Set([...report.columns, ...(report.nameless ?? []), ...(draft.phoneColumn ? [draft.phoneColumn] : [])])].filter((name) => name !== '');
  const chosen = draft.phoneColumn || numberColumn;
  const isMissing = refused?.code === 'missing_phone_number_column';
  return (
    <>
      {columns.length > 0 && (
        <SearchSelect
          label={text.numbers}
          description={text.numbersHelp}
          placeholder={text.numbersChoose}
          data={columns}
          value={columns.includes(chosen) ? chosen : null}
          onChange={(column) => set({ phoneColumn: column === null || column === numberColumn ? '' : column })}
          error={error('/phone_column') ?? (isMissing ? text.numbersMissing : undefined)}
        />
      )}
      {(draft.headerRow !== '' || (refused && headerTroubles.includes(refused.code))) && (
        <NumberField
          label={text.header}
          description={text.headerHelp}
          placeholder={text.headerFirst}
          min={1}
          max={1000}
          allowDecimal={false}
          value={draft.headerRow}
          onChange={(headerRow) => set({ headerRow })}
          error={error('/header_row')}
        />
      )}
    </>
  );
}
