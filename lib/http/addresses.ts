/** Which hosts may be called at all. The host comes from the configuration alone, but a name can lead anywhere. */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

type Subnet = readonly [net: string, prefix: number];

/** Machine-local services (instance metadata, container credentials) and addresses that are nobody's. */
const NEVER_IPV4: readonly Subnet[] = [
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
];
const NEVER_IPV6: readonly Subnet[] = [
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
  ['fd20:ce::', 32],
  // Teredo: what is inside is another machine's to say.
  ['2001::', 32],
];
const LOOPBACK_IPV4: readonly Subnet[] = [['127.0.0.0', 8]];

const NEVER = blockList([...NEVER_IPV4, ...NEVER_IPV6, ...NEVER_IPV4.flatMap(dressed)]);
const LOOPBACK = blockList([...LOOPBACK_IPV4, ['::1', 128], ...LOOPBACK_IPV4.flatMap(dressed)]);

/**
 * IPv4 in IPv6 clothes: NAT64 and its local form, 6to4, the translated and the deprecated compatible form. The mapped
 * form is known to `BlockList`.
 */
function dressed([net, prefix]: Subnet): readonly Subnet[] {
  const [a = 0, b = 0, c = 0, d = 0] = net.split('.').map(Number);
  const words = `${(a * 256 + b).toString(16)}:${(c * 256 + d).toString(16)}`;
  const before = ['64:ff9b::', '64:ff9b:1::', '::ffff:0:', ...(a === 0 ? [] : ['::'])];
  return [...before.map((head): Subnet => [`${head}${words}`, 96 + prefix]), [`2002:${words}::`, 16 + prefix]];
}

function blockList(subnets: readonly Subnet[]): BlockList {
  const list = new BlockList();
  for (const [net, prefix] of subnets) list.addSubnet(net, prefix, net.includes(':') ? 'ipv6' : 'ipv4');
  return list;
}

/** `hostname` as a `URL` spells it: lower case, IPv6 in brackets, decimal and hexadecimal IPv4 already dotted. */
export function isLoopbackHost(hostname: string): boolean {
  return hostname === 'localhost' || hostname === '[::1]' || /^127(\.\d{1,3}){3}$/.test(hostname);
}

/** Says why an address may not be called; undefined when it may. Private networks are allowed: platforms live there. */
export function refuseAddress(address: string, loopbackAllowed: boolean): string | undefined {
  const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
  if (isIP(address) === 0) return 'is not an IP address';
  if (NEVER.check(address, family)) return 'is a link-local, metadata or reserved address';
  if (!loopbackAllowed && LOOPBACK.check(address, family)) return 'is a loopback address';
  return undefined;
}

/** Code of the error that a guarded lookup ends with. */
export const FORBIDDEN_ADDRESS = 'ERR_FORBIDDEN_ADDRESS';

/**
 * Resolves as `lookup` does, but fails when any answer is forbidden. The connection uses exactly the checked addresses,
 * so a second, different answer has no effect.
 */
export function guardLookup(lookup: LookupFunction | undefined, loopbackAllowed: boolean): LookupFunction {
  const resolve: LookupFunction = lookup ?? systemLookup;
  return (hostname, options, callback) => {
    resolve(hostname, options, (error, found, family) => {
      if (error) return callback(error, '', 0);
      const addresses = typeof found === 'string' ? [found] : found.map(({ address }) => address);
      const forbidden =
        addresses.length === 0 || addresses.some((a) => refuseAddress(a, loopbackAllowed) !== undefined);
      if (!forbidden) return callback(null, found, family);
      callback(Object.assign(new Error('the name leads to a forbidden address'), { code: FORBIDDEN_ADDRESS }), '', 0);
    });
  };
}
