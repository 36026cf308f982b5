/** Live events for screens. */
import {
  createContext,
  type ReactNode,
  useContext,
  useEffect,
  useRef,
  useSyncExternalStore,
} from 'react';
import type { Live, LiveEvent, LiveState } from './connection';

const Context = createContext<Live | undefined>(undefined);

/** Makes the connection known to the screens below. */
export function LiveProvider(props: { connection: Live; children: ReactNode }) {
  return <Context.Provider value={props.connection}>{props.children}</Context.Provider>;
}

/** Hears a topic while the component is shown; `undefined` hears nothing. */
export function useTopic(topic: string | undefined, onEvent: (event: LiveEvent) => void): void {
  const connection = useContext(Context);
  const latest = useRef(onEvent);
  useEffect(() => {
    latest.current = onEvent;
  });
  useEffect(() => {
    if (!connection || topic === undefined) return;
    return connection.subscribe(topic, (event) => latest.current(event));
  }, [connection, topic]);
}

/** How the connection stands. */
export function useLiveState(): LiveState {
  const connection = useContext(Context);
  return useSyncExternalStore(connection?.watch ?? never, () => connection?.state ?? 'idle');
}

const never = () => () => undefined;
