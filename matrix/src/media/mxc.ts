/** `mxc://server/id` (Matrix spec, 11.7): the two parts, or null where it is not one. Both are checked: they go into a path. */
export function parseMxc(url: string): { readonly server: string; readonly id: string } | null {
  const match = /^mxc:\/\/([A-Za-z0-9.:[\]-]{1,255})\/([A-Za-z0-9_-]{1,255})$/.exec(url);
  return match?.[1] === undefined || match[2] === undefined ? null : { server: match[1], id: match[2] };
}
