import type { Draft } from './draft';
import type { Field } from './request';

/** What every section of the form is given. */
export interface SectionProps {
  draft: Draft;
  set: (change: Partial<Draft>) => void;
  /** What is wrong with a field. */
  error: (field: Field) => string | undefined;
}
