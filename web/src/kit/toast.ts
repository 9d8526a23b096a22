import { notifications } from '@mantine/notifications';
import { kit } from '@/text/en/kit';
import { asProblem } from './api';
import { problemWords } from './fieldName';

const closeButtonProps = { 'aria-label': kit.toast.close };

/** Short messages that say what happened. */
export const toast = {
  done(message: string): void {
    notifications.show({ message, color: 'teal', closeButtonProps });
  },
  /** Stays until it is dismissed: it says what was not done and why. */
  failed(title: string, error: unknown): void {
    notifications.show({ title, message: problemWords(asProblem(error)), color: 'red', autoClose: false, closeButtonProps });
  },
};
