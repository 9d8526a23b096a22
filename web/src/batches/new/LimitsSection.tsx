import { number } from '@/kit/format';
import { form } from '@/text/en/newBatch';
import type { SectionProps } from './fields';
import classes from './Form.module.css';
import { NumberField } from './NumberField';
import { Section } from './Section';

const text = form.limits;

/** How much of the workspace the batch may use. */
export function LimitsSection({ draft, set, error, workspaceLimit }: SectionProps & { workspaceLimit: number | undefined }) {
  return (
    <Section title={text.title}>
      <div className={classes.pair}>
        <NumberField
          label={text.max}
          description={text.maxHelp}
          placeholder={workspaceLimit === undefined ? text.maxOpen : text.maxNone(number(workspaceLimit))}
          min={1}
          max={100_000}
          allowDecimal={false}
          value={draft.maxConcurrentCalls}
          onChange={(maxConcurrentCalls) => set({ maxConcurrentCalls })}
          error={error('/max_concurrent_calls')}
        />
        <NumberField
          label={text.weight}
          description={text.weightHelp}
          min={1}
          max={1000}
          allowDecimal={false}
          value={draft.weight}
          onChange={(weight) => set({ weight })}
          error={error('/weight')}
        />
      </div>
    </Section>
  );
}
