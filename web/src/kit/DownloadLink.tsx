import { Button, type ButtonProps } from '@mantine/core';
import { IconDownload } from '@tabler/icons-react';
import type { ReactNode } from 'react';

interface Props extends ButtonProps {
  href: string;
  /** The name that the file gets; without it, the one that the server gives. */
  fileName?: string;
  children: ReactNode;
}

/** A link to a file of the API, which the browser saves without this page holding it. */
export function DownloadLink({ href, fileName, children, ...button }: Props) {
  return (
    <Button component="a" href={href} download={fileName ?? true} variant="default" leftSection={<IconDownload size={16} aria-hidden />} {...button}>
      {children}
    </Button>
  );
}
