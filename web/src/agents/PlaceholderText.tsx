import { Input } from '@mantine/core';
import { useId } from 'react';
import { Highlighted } from './Highlighted';
import classes from './PlaceholderText.module.css';

interface Props {
  label: string;
  /** The label is for screen readers only. */
  hideLabel?: boolean;
  description?: string;
  value: string;
  onChange: (value: string) => void;
  readOnly?: boolean;
  error?: string | undefined;
  /** Its least height in lines. */
  rows?: number;
  placeholder?: string;
}

/**
 * A field for a text with placeholders, which stand out. A layer with the same text lies behind the
 * field, marks them, and makes the field as high as its text.
 */
export function PlaceholderText({ label, hideLabel = false, description, value, onChange, readOnly = false, error, rows = 2, placeholder }: Props) {
  const id = useId();
  const described = [description && `${id}-description`, error && `${id}-error`].filter(Boolean).join(' ');
  return (
    <Input.Wrapper
      id={id}
      label={hideLabel ? undefined : label}
      description={description}
      descriptionProps={{ id: `${id}-description` }}
      error={error}
      errorProps={{ id: `${id}-error` }}
    >
      <div className={classes.field} data-error={error ? true : undefined} data-read-only={readOnly || undefined} style={{ minHeight: `${rows * 1.5 + 1}em` }}>
        <div className={classes.layer} aria-hidden>
          <Highlighted text={value} />
          {/* A line break at the end is only as high as a line when something follows it. */}
          {'\u200b'}
        </div>
        <textarea
          id={id}
          className={classes.input}
          rows={1}
          value={value}
          readOnly={readOnly}
          placeholder={placeholder}
          spellCheck={!readOnly}
          aria-label={hideLabel ? label : undefined}
          aria-describedby={described || undefined}
          aria-invalid={error ? true : undefined}
          onChange={(event) => onChange(event.currentTarget.value)}
        />
      </div>
    </Input.Wrapper>
  );
}
