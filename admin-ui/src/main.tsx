import { toProblem, TooltipProvider } from '@atelier/ui-kit';
import { QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { createAdminRouter } from './router.js';
import './styles.css';

const queries = new QueryClient({
  defaultOptions: {
    // What cannot get better by asking again is shown at once.
    queries: { staleTime: 5_000, retry: (failures, error) => failures < 2 && toProblem(error).retryable },
  },
});
const router = createAdminRouter(queries);

createRoot(document.getElementById('root')!).render(
  <StrictMode>
    <QueryClientProvider client={queries}>
      <TooltipProvider>
        <RouterProvider router={router} />
      </TooltipProvider>
    </QueryClientProvider>
  </StrictMode>,
);
