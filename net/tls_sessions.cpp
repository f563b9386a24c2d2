#include "net/tls_sessions.hpp"

#include <openssl/crypto.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <ctime>
#include <deque>
#include <map>
#include <memory>
#include <string>
#include <utility>

namespace gateway::net {

namespace {

// For one peer. TLS 1.3 servers issue two for each connection, and each may be used once.
constexpr std::size_t most_kept = 16;

struct session_free {
    void operator()(SSL_SESSION* session) const noexcept { SSL_SESSION_free(session); }
};
using session_ptr = std::unique_ptr<SSL_SESSION, session_free>;
using store = std::map<std::string, std::deque<session_ptr>>;

void free_store(void*, void* kept, CRYPTO_EX_DATA*, int, long, void*) {
    delete static_cast<store*>(kept);
}

// The SSL_CTX owns the store; open connections keep it alive.
int store_index() {
    static const int index = SSL_CTX_get_ex_new_index(0, nullptr, nullptr, nullptr, free_store);
    return index;
}

// The name or address that the certificate must have.
std::string peer_of(SSL* ssl) {
    X509_VERIFY_PARAM* const expected = SSL_get0_param(ssl);
    if (const char* name = X509_VERIFY_PARAM_get0_host(expected, 0)) {
        return name;
    }
    const std::unique_ptr<char, void (*)(char*)> address(
        X509_VERIFY_PARAM_get1_ip_asc(expected), [](char* text) { OPENSSL_free(text); }
    );
    return address ? address.get() : std::string();
}

store& store_of(SSL* ssl) {
    return *static_cast<store*>(SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), store_index()));
}

// OpenSSL's callback; 1 says that it has taken ownership.
int keep(SSL* ssl, SSL_SESSION* session) {
    auto& kept = store_of(ssl)[peer_of(ssl)];
    kept.emplace_back(session);
    if (kept.size() > most_kept) {
        kept.pop_front();
    }
    return 1;
}

bool usable(const SSL_SESSION* session) {
    const auto until = static_cast<std::time_t>(SSL_SESSION_get_time(session)) +
                       static_cast<std::time_t>(SSL_SESSION_get_timeout(session));
    return SSL_SESSION_is_resumable(session) == 1 && std::time(nullptr) < until;
}

}  // namespace

void cache_tls_sessions(ssl_ctx_st* context) {
    SSL_CTX_set_ex_data(context, store_index(), std::make_unique<store>().release());
    SSL_CTX_set_session_cache_mode(
        context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL_STORE
    );
    SSL_CTX_sess_set_new_cb(context, keep);
}

void resume_tls_session(ssl_st* ssl) {
    auto& kept = store_of(ssl)[peer_of(ssl)];
    while (!kept.empty() && !usable(kept.back().get())) {
        kept.pop_back();
    }
    if (kept.empty()) {
        return;
    }
    SSL_set_session(ssl, kept.back().get());
    // An observer could link connections that use the same TLS 1.3 ticket (RFC 8446 §C.4).
    if (SSL_SESSION_get_protocol_version(kept.back().get()) >= TLS1_3_VERSION) {
        kept.pop_back();
    }
}

}  // namespace gateway::net
