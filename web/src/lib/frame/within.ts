/** Whether an address below the base path belongs to a page: it is the page's, or lies below it. */
export function isWithin(pathname: string, path: string): boolean {
  return path === '/' ? pathname === '/' : pathname === path || pathname.startsWith(`${path}/`);
}
