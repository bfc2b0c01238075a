import { lookup } from 'node:dns';
import { BlockList, isIP, type LookupFunction } from 'node:net';
import ipaddr from 'ipaddr.js';
import { TransferError } from '../../transfer/errors.ts';

/** How names become addresses, and which addresses are public. A test has a network of its own. */
export type Network = { readonly lookup: typeof lookup; isPublic(address: string): boolean };

// Carriers share 100.64.0.0/10, and clouds use it for themselves. On Linux, 0.0.0.0/8 reaches this host. Azure's virtual
// machines reach their own platform at 168.63.129.16, which looks like a public address.
// https://learn.microsoft.com/en-us/azure/virtual-network/what-is-ip-address-168-63-129-16
const alsoPrivate = new BlockList();
alsoPrivate.addSubnet('0.0.0.0', 8);
alsoPrivate.addSubnet('100.64.0.0', 10);
alsoPrivate.addAddress('168.63.129.16');

// The only block of IPv6 that the Internet routes: https://www.iana.org/assignments/ipv6-address-space
const routed = ipaddr.IPv6.parseCIDR('2000::/3');

/**
 * Allows only unicast addresses that the Internet routes: what we do not know is refused. Addresses of IPv6 that contain
 * an IPv4 address (6to4, Teredo, NAT64) are refused too, since they could lead inside.
 */
export function isPublicAddress(address: string): boolean {
  const parsed = ipaddr.process(address); // an IPv4 address that is only written as IPv6 is judged as IPv4
  if (parsed.range() !== 'unicast') return false;
  return parsed instanceof ipaddr.IPv6 ? parsed.match(routed) : !alsoPrivate.check(parsed.toString());
}

export const internet: Network = { lookup, isPublic: isPublicAddress };

/**
 * Throws NotAllowed for a host that is written as an address which is not public. The message may repeat that address,
 * since the request has it. What a name resolves to in our network is not shown.
 */
export function refusePrivateHost(host: string, { isPublic }: Network, what: string): void {
  if (isIP(host) === 0 || isPublic(host)) return;
  throw new TransferError('NotAllowed', `${what} leads to ${host}, which is not a public address.`);
}

/** Resolves the host name and checks all of its addresses. The connection then uses the same addresses. */
export function checkedLookup(network: Network, what: string): LookupFunction {
  return (host, options, done) => {
    network.lookup(host, { ...options, all: true }, (error, addresses) => {
      if (error) return done(error, '');
      if (!addresses.every(({ address }) => network.isPublic(address)))
        return done(new TransferError('NotAllowed', `${what} leads to an address that is not public.`), '');
      const [first] = addresses;
      if (options.all) done(null, addresses);
      else done(null, first?.address ?? '', first?.family);
    });
  };
}
