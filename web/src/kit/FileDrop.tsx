import { FileButton, Text, UnstyledButton } from '@mantine/core';
import { useState, type DragEvent, type ReactNode } from 'react';
import classes from './FileDrop.module.css';

interface Props {
  /** What to drop: "Drop a CSV or XLSX file here, or choose one". */
  label: string;
  /** For the file dialog: `.csv,.xlsx`. */
  accept: string;
  onFile: (file: File) => void;
  children?: ReactNode;
  error?: string | undefined;
}

/** A place to drop a file, which is a button for everybody else. */
export function FileDrop({ label, accept, onFile, children, error }: Props) {
  const [over, setOver] = useState(false);

  function drop(event: DragEvent) {
    event.preventDefault();
    setOver(false);
    const file = event.dataTransfer.files[0];
    if (file) onFile(file);
  }

  function hover(event: DragEvent) {
    event.preventDefault();
    setOver(true);
  }

  return (
    // A file that was mended and is chosen again has the same name; the field must notice it.
    <FileButton
      accept={accept}
      onChange={(file) => file && onFile(file)}
      inputProps={{ onClick: (event) => { event.currentTarget.value = ''; } }}
    >
      {(props) => (
        <UnstyledButton
          {...props}
          className={classes.drop}
          data-over={over || undefined}
          data-error={error ? true : undefined}
          onDragOver={hover}
          onDragLeave={() => setOver(false)}
          onDrop={drop}
        >
          <Text component="span">{label}</Text>
          {children}
          {error && (
            <Text component="span" size="xs" c="var(--mantine-color-error)">
              {error}
            </Text>
          )}
        </UnstyledButton>
      )}
    </FileButton>
  );
}
