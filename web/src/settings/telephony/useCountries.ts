import { useQuery } from '@tanstack/react-query';
import { useMemo } from 'react';
import { groupsOf } from './groupsQuery';
import { countryOptions } from './presets';

/** Every country that has telephone numbers, for a select. */
export function useCountries() {
  const { data } = useQuery(groupsOf());
  return useMemo(() => countryOptions(data ?? []), [data]);
}
