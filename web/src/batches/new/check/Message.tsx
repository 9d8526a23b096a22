import { Text } from '@mantine/core';
import { check as text } from '@/text/en/fileCheck';
import { fill } from '../placeholders';
import classes from './Check.module.css';

interface Props {
  label: string;
  message: string;
  values: Readonly<Record<string, string>>;
}

/** A message with its placeholders filled, and marked. */
export function Message({ label, message, values }: Props) {
  return (
    <figure style={{ margin: 0, marginTop: 6 }}>
      <Text component="figcaption" className={classes.quiet}>
        {label}
      </Text>
      <p className={classes.message}>
        {fill(message, values).map((piece, place) =>
          piece.kind === 'text' ? (
            piece.text
          ) : (
            <mark key={place} className={piece.kind === 'filled' ? classes.filled : classes.open} title={piece.kind === 'filled' ? piece.name : text.notFilled} style={{ color: 'inherit' }}>
              {piece.text === '' ? `(${text.empty})` : piece.text}
            </mark>
          ),
        )}
      </p>
    </figure>
  );
}
