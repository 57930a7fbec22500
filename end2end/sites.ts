// Where the sites under test are. `cargo xtask test` starts a server and says where; by hand, `cargo xtask run` serves
// on port 3000.

export const apex = process.env.ROWHOUSE_E2E_URL ?? "http://localhost:3000";

/** The origin of a workspace's own host. */
export function home(slug: string): string {
  const { protocol, host } = new URL(apex);
  return `${protocol}//${slug}.${host}`;
}

/** The host of a workspace, without the port, as cookies name it. */
export function hostname(slug: string): string {
  return new URL(home(slug)).hostname;
}
