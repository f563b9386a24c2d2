#pragma once

struct ssl_ctx_st;
struct ssl_st;

namespace gateway::net {

// Session resumption of clients: it saves the certificates, the server's signature and our check of
// its chain. Only for .cpp files of net/; loop thread only.

// Makes the context cache the sessions of its connections, at most 16 for each peer.
void cache_tls_sessions(ssl_ctx_st* context);
// Called before the handshake, when the name that the certificate must have is set. Offers a cached
// session of the same name, if there is one; the server may decline it.
void resume_tls_session(ssl_st* ssl);

}  // namespace gateway::net
