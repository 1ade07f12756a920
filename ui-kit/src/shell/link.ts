import { type ComponentType, createContext, type ReactNode, useContext } from 'react';

export interface LinkProps {
  to: string;
  className?: string;
  children: ReactNode;
  onClick?: () => void;
  'aria-current'?: 'page';
  'aria-label'?: string;
}

/** How this app makes a link without reloading the page. The kit knows no router. */
export interface AppRouter {
  Link: ComponentType<LinkProps>;
  go: (to: string) => void;
  pathname: string;
}

const Context = createContext<AppRouter | null>(null);
export const AppRouterProvider = Context.Provider;

export function useAppRouter(): AppRouter {
  const router = useContext(Context);
  if (!router) throw new Error('AppRouterProvider is missing above this component: wrap the app in it.');
  return router;
}
