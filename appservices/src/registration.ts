/** What of an organisation's configuration goes into its registration. */
export type RegisteredOrganisation = {
  readonly id: string;
  readonly serverName: string;
  readonly asToken: string;
  readonly hsToken: string;
};

/**
 * An application service's registration, in the words of the file that Synapse reads (`app_service_config_files`) and of
 * matrix-appservice's `AppServiceRegistration.fromObject`: rendering it as YAML is all there is to do.
 * Matrix spec, Application Service API, "Registration".
 */
export type Registration = {
  readonly id: string;
  readonly url: string;
  readonly as_token: string;
  readonly hs_token: string;
  readonly sender_localpart: string;
  readonly rate_limited: boolean;
  readonly namespaces: { readonly users: { readonly exclusive: boolean; readonly regex: string }[] };
};

/** The local part of the service's own account on every homeserver. People's local parts never start so. */
export const SENDER_LOCALPART = '_besace';

/** Where, below the appservices' address, the homeserver of this organisation pushes its transactions. */
export function transactionPath(organisationId: string): string {
  return `/as/${organisationId}`;
}

/**
 * @param appservicesUrl where the homeserver reaches the appservices, such as `http://127.0.0.1:8090`; not the web front,
 * which does not pass these paths on.
 */
export function registrationFor(organisation: RegisteredOrganisation, appservicesUrl: string): Registration {
  return {
    id: `besace-${organisation.id}`,
    url: appservicesUrl.replace(/\/+$/, '') + transactionPath(organisation.id),
    as_token: organisation.asToken,
    hs_token: organisation.hsToken,
    sender_localpart: SENDER_LOCALPART,
    rate_limited: false,
    // Anchored at both ends: Synapse matches from the start only, the bridge's library anywhere in the string.
    namespaces: {
      users: [{ exclusive: true, regex: `^@${SENDER_LOCALPART}[^:]*:${literal(organisation.serverName)}$` }],
    },
  };
}

function literal(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
}
