import { notifications } from '@mantine/notifications';
import { kit } from '@/text/en/kit';
import { asProblem } from './api';

const closeButtonProps = { 'aria-label': kit.toast.close };

/** Short messages that say what happened. */
export const toast = {
  done(message: string): void {
    notifications.show({ message, color: 'teal', closeButtonProps });
  },
  /** Stays until it is dismissed: it says what was not done and why. */
  failed(title: string, error: unknown): void {
    notifications.show({ title, message: asProblem(error).detail, color: 'red', autoClose: false, closeButtonProps });
  },
};
