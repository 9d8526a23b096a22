import { queryOptions } from '@tanstack/react-query';
import { api, ok, type PhoneNumberView, type WorkspaceView } from '@/kit/api';

export const numbersQuery = queryOptions({ queryKey: ['phone-numbers'], queryFn: () => ok(api.GET('/v1/phone-numbers')) });
export const trunksQuery = queryOptions({ queryKey: ['trunks'], queryFn: () => ok(api.GET('/v1/trunks')) });
export const workspaceQuery = queryOptions({ queryKey: ['workspace'], queryFn: () => ok(api.GET('/v1/workspace')) });

/** The caller ID of batches that name none: the chosen one, or the first until one is chosen. */
export function defaultNumber(numbers: readonly PhoneNumberView[], workspace: Pick<WorkspaceView, 'default_phone_number_id'> | undefined): PhoneNumberView | undefined {
  return numbers.find(({ id }) => id === workspace?.default_phone_number_id) ?? numbers[0];
}
