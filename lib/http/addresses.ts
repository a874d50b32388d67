/** Which hosts may be called at all. The host comes from the configuration alone, but a name can lead anywhere. */
import { lookup as systemLookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';

/** Machine-local services (instance metadata, container credentials) and addresses that are nobody's. */
const NEVER = blockList([
  ['0.0.0.0', 8],
  ['169.254.0.0', 16],
  ['100.100.100.200', 32],
  ['168.63.129.16', 32],
  ['192.0.0.0', 24],
  ['224.0.0.0', 3],
  ['::', 128],
  ['fe80::', 10],
  ['fec0::', 10],
  ['ff00::', 8],
  ['fd00:ec2::', 32],
  // IPv4 in IPv6 clothes: NAT64, 6to4 and the deprecated compatible form of the link-local block.
  ['64:ff9b::a9fe:0', 112],
  ['2002:a9fe::', 32],
  ['::a9fe:0', 112],
]);

const LOOPBACK = blockList([
  ['127.0.0.0', 8],
  ['::1', 128],
  ['64:ff9b::7f00:0', 104],
  ['2002:7f00::', 24],
  ['::7f00:0', 104],
]);

function blockList(subnets: readonly (readonly [string, number])[]): BlockList {
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
