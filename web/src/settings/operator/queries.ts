import { queryOptions } from '@tanstack/react-query';
import { api, ok } from '@/kit/api';

export const workspacesQuery = queryOptions({ queryKey: ['operator', 'workspaces'], queryFn: () => ok(api.GET('/v1/operator/workspaces')) });
