/** What a driver with several devices is made of: members and helpers, named after the driver's own structs. */
import type { Driver } from '../driver-owned-pages/driver.js';

/** Names that the move writes. */
export interface Names {
  /** The member that is one pages object now. */
  readonly one: string;
  /** Members: number of entries, the entry for one device, the array for several. */
  readonly count: string;
  readonly inline: string;
  readonly array: string;
  /** Gives the first entry of a range's pages. */
  readonly accessor: string;
  /** Tells whether every entry is valid. */
  readonly allValid: string;
  /** Number of devices of an address space's owner, and one of them. */
  readonly deviceCount: string;
  readonly device: string;
}

const bare = (tag: string): string => tag.replace(/^(?:struct|union) /, '');

/** Names that nothing in the driver has yet. */
export function chooseNames(driver: Driver): Names {
  const { range, pages } = driver;
  const taken = (name: string): boolean => driver.files.some((file) => new RegExp(`\\b${name}\\b`).test(file.text));
  const free = (...names: readonly string[]): string => names.find((name) => !taken(name)) ?? `${names[0] ?? ''}_n`;
  const own = bare(range.container.tag);
  const space = driver.space === undefined ? own : bare(driver.space.container.tag);
  const member = (...names: readonly string[]): string =>
    names.find((name) => range.container.member(name) === undefined) ?? `${names[0] ?? ''}_n`;
  return {
    one: pages,
    count: member(`num_${pages}`, `num_${pages}_entries`),
    inline: member(`inline_${pages}`, `one_${pages}`),
    array: pages,
    accessor: free(`${own}_pages`, `${own}_first_pages`, `${own}_pages_entries`),
    allValid: free(`${own}_pages_valid`, `${own}_all_pages_valid`, `${own}_each_pages_valid`),
    deviceCount: free(`${space}_num_devices`, `${space}_num_pages_devices`),
    device: free(`${space}_device`, `${space}_pages_device`),
  };
}
