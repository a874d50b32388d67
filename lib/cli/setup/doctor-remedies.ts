/** What a person can do about each way that is closed. */
import type { Probed } from '../../http/probe.ts';

/** What depends on where the doctor was called. */
export interface Remedies {
  setSecret(name: string): string;
  /** How a run of this flow is started, which tells what a check cannot. */
  firstRun(flowId: string): string;
  /** `in .errand/secrets.json` */
  readonly secretPlace: string;
  /** For an address where a simulator would be; undefined for every other. */
  simulators(baseUrl: string): string | undefined;
}

interface Words {
  readonly message: string;
  readonly remedy: string;
}

type Failed = NonNullable<Probed['failed']>;
type Explain = (place: { readonly host: string; readonly hostname: string; readonly path: string }) => Words;

const SAME = 'Errand calls only servers it can be sure of, so nothing is sent until that is put right.';

/** By step and code; `*` stands for every other code. */
const EXPLANATIONS: Readonly<Record<Failed['step'], Readonly<Record<string, Explain>>>> = {
  address: {
    ENOTFOUND: ({ hostname, path }) => ({
      message: `nobody knows the name ${hostname}`,
      remedy: `Look for a slip in ${path}; a name that only your company knows needs its network or VPN.`,
    }),
    EAI_AGAIN: ({ hostname }) => ({
      message: `${hostname} could not be looked up, because no name server answered`,
      remedy: 'Check the network of this machine, and ask again.',
    }),
    ERR_FORBIDDEN_ADDRESS: ({ hostname, path }) => ({
      message: `${hostname} leads to this machine itself or to a service address, which Errand never calls`,
      remedy: `Give ${path} the platform’s own host.`,
    }),
    '*': ({ hostname, path }) => ({
      message: `${hostname} could not be looked up`,
      remedy: `Check ${path} and the network of this machine.`,
    }),
  },
  connection: {
    ECONNREFUSED: ({ host, path }) => ({
      message: `nothing listens at ${host}`,
      remedy: `Check the port in ${path}, and whether the platform is up.`,
    }),
    '*': ({ host }) => ({
      message: `${host} cannot be reached`,
      remedy: 'Check the network, the VPN and the firewall, and whether the platform is up.',
    }),
  },
  tls: {
    CERT_HAS_EXPIRED: ({ hostname }) => ({
      message: `the certificate of ${hostname} has expired`,
      remedy: `Whoever runs the platform must renew it. ${SAME}`,
    }),
    CERT_NOT_YET_VALID: ({ hostname }) => ({
      message: `the certificate of ${hostname} is not valid yet`,
      remedy: `Check the clock of this machine, then ask whoever runs the platform. ${SAME}`,
    }),
    DEPTH_ZERO_SELF_SIGNED_CERT: selfSigned,
    SELF_SIGNED_CERT_IN_CHAIN: selfSigned,
    ERR_TLS_CERT_ALTNAME_INVALID: ({ hostname, path }) => ({
      message: `the certificate is not for ${hostname}, but for another host`,
      remedy: `Write into ${path} the name that the certificate is for. ${SAME}`,
    }),
    UNABLE_TO_VERIFY_LEAF_SIGNATURE: unknownAuthority,
    UNABLE_TO_GET_ISSUER_CERT: unknownAuthority,
    UNABLE_TO_GET_ISSUER_CERT_LOCALLY: unknownAuthority,
    '*': ({ host, path }) => ({
      message: `${host} does not speak TLS as it should`,
      remedy: `Check the port in ${path}: 443 is the usual one for https. Errand needs TLS 1.2 or newer.`,
    }),
  },
};

function selfSigned({ hostname }: { readonly hostname: string }): Words {
  return {
    message: `the certificate of ${hostname} is self-signed, so anybody could have made it`,
    remedy: `Have the platform given one by an authority. On this machine NODE_EXTRA_CA_CERTS=FILE trusts it; in the cloud nothing does. ${SAME}`,
  };
}

function unknownAuthority({ hostname }: { readonly hostname: string }): Words {
  return {
    message: `the certificate of ${hostname} is signed by nobody whom this machine knows`,
    remedy: `Whoever runs the platform must send the whole chain of certificates, from a public authority. ${SAME}`,
  };
}

/** Why the way to a platform is closed, and what to do. */
export function wayRemedy(
  { step, code }: Failed,
  { id, baseUrl }: { readonly id: string; readonly baseUrl: string },
  remedies: Remedies,
): Words {
  const { host, hostname } = new URL(baseUrl);
  const known = EXPLANATIONS[step];
  const explain = (Object.hasOwn(known, code) ? known[code] : undefined) ?? known['*'];
  const { message = '', remedy = '' } = explain?.({ host, hostname, path: `connections.${id}.baseUrl` }) ?? {};
  const simulators = step === 'connection' ? remedies.simulators(baseUrl) : undefined;
  return { message: `${message} (${code})`, remedy: simulators ?? remedy };
}
