import type { ComponentProps } from 'react';
import { agents } from '@/text/en/agents';
import { PlaceholderText } from './PlaceholderText';
import { SoundMenu } from './SoundMenu';

/** A text that is said, or a sound that is played instead. */
export function SaidText(props: ComponentProps<typeof PlaceholderText>) {
  const { value, onChange, readOnly } = props;
  return (
    <div>
      <PlaceholderText {...props} />
      {!readOnly && <SoundMenu label={agents.sounds.choose.button} value={value} onChange={onChange} />}
    </div>
  );
}
