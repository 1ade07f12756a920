import { BlockList, isIP } from 'node:net';

/** Special-purpose IPv4 ranges (IANA registry): this network, private, carrier-grade NAT, loopback, link-local, documentation, benchmarks, multicast, reserved. */
const CLOSED_V4: readonly [string, number][] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.31.196.0', 24],
  ['192.52.193.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['192.175.48.0', 24],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
];
/** Inside global unicast (2000::/3), what is not the open internet: protocol assignments with Teredo, documentation, 6to4. All outside it is closed. */
const CLOSED_V6: readonly [string, number][] = [
  ['2001::', 23],
  ['2001:db8::', 32],
  ['2002::', 16],
  ['3fff::', 20],
];

const closedV4 = new BlockList();
for (const [net, bits] of CLOSED_V4) closedV4.addSubnet(net, bits, 'ipv4');
const openV6 = new BlockList();
openV6.addSubnet('2000::', 3, 'ipv6');
const closedV6 = new BlockList();
for (const [net, bits] of CLOSED_V6) closedV6.addSubnet(net, bits, 'ipv6');

/**
 * True when `address` (an IP in any usual spelling, without brackets) belongs to the open internet. Loopback, private, link-local, CGNAT,
 * multicast, cloud metadata, and everything IPv6 that wraps an IPv4 address (mapped, NAT64, 6to4, Teredo) does not.
 */
export function isPublicAddress(address: string): boolean {
  const family = isIP(address);
  if (family === 4) return !closedV4.check(address, 'ipv4');
  if (family === 6) return openV6.check(address, 'ipv6') && !closedV6.check(address, 'ipv6');
  return false;
}

/** The IP a URL's host spells, or null when it is a name. `new URL` has already turned `127.1`, `0x7f.1`, `2130706433` and full-width digits into plain form. */
export function literalOf(hostname: string): string | null {
  const bare = hostname.replace(/^\[|\]$/g, '').replace(/\.$/, '');
  return isIP(bare) ? bare : null;
}
