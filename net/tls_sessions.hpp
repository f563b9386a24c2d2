#pragma once

struct ssl_ctx_st;
struct ssl_st;

namespace gateway::net {

// Sessions that servers gave a client, for its next connections to them: they save a round trip of
// certificates, the server's signature and our check of its chain. Only for .cpp files of net/;
// loop thread only.

// From now on the context keeps the sessions of its connections, a few for each peer.
void keep_tls_sessions(ssl_ctx_st* context);
// Before the handshake, once it is settled whom the certificate must name: takes up a session that
// was begun under that same name, if one is left. The server may decline; then all is as without.
void take_up_tls_session(ssl_st* ssl);

}  // namespace gateway::net
