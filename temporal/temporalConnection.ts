/** Where Temporal is: the standard `TEMPORAL_*` variables (and the CLI's configuration file), as every Temporal tool reads them. */
import { loadClientConnectConfig, type ClientConnectConfig } from '@temporalio/envconfig';

export interface TemporalAddress {
  connectionOptions: ClientConnectConfig['connectionOptions'];
  namespace: string;
}

/** @throws Error that names the wrong setting */
export function temporalAddress(env: Record<string, string | undefined>): TemporalAddress {
  const given = Object.fromEntries(
    // Empty is not given, as in all our settings; Temporal's client would take it for an address.
    Object.entries(env).filter((pair): pair is [string, string] => Boolean(pair[1]?.trim())),
  );
  // The dev server of `npm start`, unless told otherwise.
  given['TEMPORAL_ADDRESS'] ??= `127.0.0.1:${given['TEMPORAL_PORT'] ?? '7233'}`;
  const { connectionOptions, namespace } = loadClientConnectConfig({ overrideEnvVars: given });
  return { connectionOptions, namespace: namespace ?? 'default' };
}
