/** Where the person is. It lives in the page's own address, so that a window that is loaded again comes back to it. */
export type Route =
  | { name: 'start' }
  | { name: 'run'; runId: string }
  | { name: 'patient'; runId: string; key: string }
  /** `room` names an entry of rooms.ts; `parts` say where in it. */
  | { name: 'room'; room: string; parts: string[] };

export function parseRoute(hash: string): Route {
  const [name, ...parts] = hash.replace(/^#\/?/, '').split('/');
  let decoded: string[];
  try {
    decoded = parts.map(decodeURIComponent);
  } catch {
    return { name: 'start' };
  }
  const [runId, key] = decoded;
  if (name === 'run' && runId !== undefined && runId !== '') return { name: 'run', runId };
  if (name === 'patient' && runId !== undefined && runId !== '' && key !== undefined && key !== '') return { name: 'patient', runId, key };
  if (name === 'room' && runId !== undefined && runId !== '') return { name: 'room', room: runId, parts: decoded.slice(1) };
  return { name: 'start' };
}

export function routeHash(route: Route): string {
  switch (route.name) {
    case 'start':
      return '#/';
    case 'run':
      return `#/run/${encodeURIComponent(route.runId)}`;
    case 'room':
      return `#/room/${[route.room, ...route.parts].map(encodeURIComponent).join('/')}`;
    case 'patient':
      return `#/patient/${encodeURIComponent(route.runId)}/${encodeURIComponent(route.key)}`;
  }
}

export class Router {
  route = $state.raw<Route>(parseRoute(location.hash));

  /** @returns the function that stops following the address */
  follow(): () => void {
    const changed = (): void => {
      this.route = parseRoute(location.hash);
    };
    window.addEventListener('hashchange', changed);
    return () => {
      window.removeEventListener('hashchange', changed);
    };
  }

  /** `replace` leaves no step to go back to: from one patient to the next. */
  go(route: Route, replace = false): void {
    const hash = routeHash(route);
    if (replace) history.replaceState(null, '', hash);
    else location.hash = hash;
    this.route = route;
  }
}
