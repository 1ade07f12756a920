import { BlockList, isIP } from 'node:net';

const family = (ip: string): 'ipv4' | 'ipv6' => (isIP(ip) === 4 ? 'ipv4' : 'ipv6');

/** `203.0.113.7`, `203.0.113.0/24`, `2001:db8::/32`. */
export function isAddressOrNetwork(text: string): boolean {
  const [ip, bits, ...rest] = text.split('/');
  const version = isIP(ip!);
  if (version === 0 || rest.length > 0 || text.includes('%')) return false;
  return bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128));
}

/** Tells whether an address is in the list; an empty list holds all. IPv4 written as IPv6 (`::ffff:…`) counts as IPv4. */
export function addressFilter(allowed: readonly string[]): (ip: string) => boolean {
  if (allowed.length === 0) return () => true;
  const list = new BlockList();
  for (const entry of allowed) {
    const [ip, bits] = entry.split('/') as [string, string | undefined];
    if (bits === undefined) list.addAddress(ip, family(ip));
    else list.addSubnet(ip, Number(bits), family(ip));
  }
  return (ip) => {
    const bare = ip.replace(/%.*$/, '');
    const plain = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i.exec(bare)?.[1] ?? bare;
    return isIP(plain) !== 0 && list.check(plain, family(plain));
  };
}
