import { QueryClient } from '@tanstack/react-query'

/** What has been answered is shown again at once, and asked for anew when somebody comes back to it. */
export const queryClient = new QueryClient({
  // The client under it tries again by itself.
  defaultOptions: { queries: { retry: false, staleTime: 5_000 } },
})
