import type { RequestHandler } from 'express';
import { AppService, AppServiceRegistration, Bridge, Logger as BridgeLogger } from 'matrix-appservice-bridge';
import { registrationFor } from '../registration.ts';
import type { Config, Organisation } from './config.ts';
import type { Logger } from './logging.ts';

/** The bridge of one organisation: our registration at its homeserver, and acting as our own account there. */
export interface OrganisationBridge {
  /** The user id of the service's own account. */
  readonly botUserId: string;
  /** Answers the homeserver's calls (`/_matrix/app/v1/...`) once they are known to come from it. */
  readonly handle: RequestHandler;
  /** Declines the invitation of the service's own account to a room, or leaves it. */
  leave(roomId: string): Promise<'left' | 'later'>;
  close(): Promise<void>;
}

export type Bridges = ReadonlyMap<string, OrganisationBridge>;

/** One registration an organisation; all of them answered in this process, each below its own path. */
export async function openBridges(config: Config, log: Logger): Promise<Bridges> {
  // The library's own lines quote user ids and bodies; what is worth a line is logged by whoever calls it.
  BridgeLogger.configure({ console: 'off' });
  const bridges = new Map<string, OrganisationBridge>();
  for (const organisation of config.organisations) bridges.set(organisation.id, await openBridge(organisation, log));
  return bridges;
}

async function openBridge(organisation: Organisation, log: Logger): Promise<OrganisationBridge> {
  const registration = AppServiceRegistration.fromObject(bridgeRegistration(organisation));
  const bridge = new Bridge({
    homeserverUrl: organisation.homeserver,
    domain: organisation.serverName,
    registration,
    disableStores: true,
    logRequestOutcome: false,
    controller: {
      // Events are taken from the queue table, where they are before the homeserver gets its answer; the library only
      // keeps its own picture of memberships from them.
      onEvent: (request) => request.resolve(undefined),
      onLog: (_text, isError) => {
        if (isError) log.warn({ organisation: organisation.id }, 'the bridge library reports an error');
      },
    },
  });
  const service = new MountedAppService({ homeserverToken: organisation.hsToken });
  await bridge.initialise();
  await bridge.listen(0, '127.0.0.1', 0, service);
  // Its Express (4) is called as a plain function: mounted as an application it would inherit the settings of ours (5).
  const library = service.expressApp;
  return {
    botUserId: bridge.botUserId,
    handle: (request, response, next) => library(request, response, next),
    async leave(roomId) {
      try {
        await bridge.getIntent().leave(roomId);
        return 'left';
      } catch (error) {
        // M_FORBIDDEN and M_NOT_FOUND: not in it, or no longer.
        const status =
          typeof error === 'object' && error !== null && 'statusCode' in error ? Number(error.statusCode) : 0;
        return status === 403 || status === 404 ? 'left' : 'later';
      }
    },
    close: () => bridge.close(),
  };
}

/** Answers below a path of our own server instead of opening a port for each organisation. */
class MountedAppService extends AppService {
  override async listen(): Promise<void> {}
  override async close(): Promise<void> {}
}

/** The registration in the library's words; the address in it is for the homeserver alone. */
function bridgeRegistration(organisation: Organisation) {
  const registration = registrationFor(organisation, 'http://appservices.invalid');
  return {
    ...registration,
    namespaces: { users: registration.namespaces.users.map((namespace) => ({ ...namespace })) },
  };
}
