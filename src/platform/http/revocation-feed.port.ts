/** Port: sessions and keys that were ended. Filled by `accounts/sessions`; open sockets and streams ask it every few seconds. */
export abstract class RevocationFeed {
  /** @param id uuid of a session or an API key */
  abstract isRevoked(id: string): boolean;
}
