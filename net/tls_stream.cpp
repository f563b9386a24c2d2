#include "net/tls_stream.hpp"

#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <boost/asio/ip/address.hpp>
#include <stdexcept>
#include <utility>

#include "net/tls_channel.hpp"
#include "net/tls_sessions.hpp"

namespace gateway::net {

namespace {

// Sets the name that certificates are checked for and that is sent in the clear as SNI (names only,
// RFC 6066 §3).
bool expect_peer(SSL* ssl, const std::string& host) {
    error_code not_an_address;
    asio::ip::make_address(host, not_an_address);
    if (!not_an_address) {
        return X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(ssl), host.c_str()) == 1;
    }
    SSL_set_hostflags(ssl, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
    return SSL_set1_host(ssl, host.c_str()) == 1 &&
           SSL_set_tlsext_host_name(ssl, host.c_str()) == 1;
}

}  // namespace

tls_client_context::tls_client_context(const std::string& ca_file)
    : context_(SSL_CTX_new(TLS_client_method()), SSL_CTX_free) {
    SSL_CTX* context = context_.get();
    if (context == nullptr || SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) != 1) {
        throw std::runtime_error("OpenSSL cannot be used: " + take_tls_error().message());
    }
    SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
    cache_tls_sessions(context);
    if (ca_file.empty()) {
        SSL_CTX_set_default_verify_paths(context);
    } else if (SSL_CTX_load_verify_locations(context, ca_file.c_str(), nullptr) != 1) {
        throw std::runtime_error(
            "no CA certificates can be read from " + ca_file + ": " + take_tls_error().message()
        );
    }
}

std::size_t tls_client_context::authorities() const noexcept {
    const auto* found = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context_.get()));
    return static_cast<std::size_t>(sk_X509_OBJECT_num(found));
}

asio::awaitable<tls_result> connect_tls(
    stream_ptr plain, tls_client_context context, std::string host
) {
    tls_result result;
    ssl_ptr ssl(SSL_new(context.native()));
    if (!ssl || !expect_peer(ssl.get(), host)) {
        result.error = take_tls_error();
        co_return result;
    }
    SSL_set_connect_state(ssl.get());
    resume_tls_session(ssl.get());
    auto stream = std::make_unique<tls_channel>(std::move(plain), std::move(ssl));
    result.error = co_await stream->handshake();
    if (!result.error) {
        result.stream = std::move(stream);
    } else if (const long verified = SSL_get_verify_result(stream->ssl()); verified != X509_V_OK) {
        result.reason = X509_verify_cert_error_string(verified);
    }
    co_return result;
}

}  // namespace gateway::net
