#include "net/tls_server.hpp"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <array>
#include <ctime>
#include <stdexcept>
#include <utility>

#include "net/tls_channel.hpp"

namespace gateway::net {

namespace {

template <auto release>
struct releaser {
    template <typename T>
    void operator()(T* object) const noexcept {
        release(object);
    }
};
using bio_ptr = std::unique_ptr<BIO, releaser<BIO_free_all>>;
using certificate_ptr = std::unique_ptr<X509, releaser<X509_free>>;
using key_ptr = std::unique_ptr<EVP_PKEY, releaser<EVP_PKEY_free>>;
using names_ptr = std::unique_ptr<GENERAL_NAMES, releaser<GENERAL_NAMES_free>>;

// One sentence for the operator; thrown only within make().
struct unusable {
    std::string sentence;
};

// Key exchange with forward secrecy and authenticated encryption (RFC 9325 §4.2); TLS 1.3 has
// nothing else.
constexpr const char* tls12_ciphers =
    "ECDHE-ECDSA-AES128-GCM-SHA256:ECDHE-RSA-AES128-GCM-SHA256:"
    "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-RSA-AES256-GCM-SHA384:"
    "ECDHE-ECDSA-CHACHA20-POLY1305:ECDHE-RSA-CHACHA20-POLY1305";
constexpr const char* groups = "X25519:P-256:P-384";
constexpr long ticket_seconds = 3600;

std::string why() {
    return ": " + take_tls_error().message();
}

void need(bool done, const char* what) {
    if (!done) {
        throw unusable{what + why()};
    }
}

bio_ptr text_bio(std::string_view text) {
    return bio_ptr(BIO_new_mem_buf(text.data(), static_cast<int>(text.size())));
}

// OpenSSL would otherwise ask on the terminal.
int no_passphrase(char*, int, int, void*) {
    return 0;
}

std::vector<certificate_ptr> read_certificates(std::string_view text, const char* setting) {
    const bio_ptr in = text_bio(text);
    std::vector<certificate_ptr> out;
    while (X509* one = PEM_read_bio_X509(in.get(), nullptr, no_passphrase, nullptr)) {
        out.emplace_back(one);
    }
    const auto end = ERR_peek_last_error();
    const bool clean_end = ERR_GET_REASON(end) == PEM_R_NO_START_LINE;
    const std::string reason = why();
    if (out.empty() || !clean_end) {
        throw unusable{std::string(setting) + ": no PEM certificate can be read" + reason};
    }
    return out;
}

key_ptr read_key(std::string_view text) {
    const bio_ptr in = text_bio(text);
    key_ptr key(PEM_read_bio_PrivateKey(in.get(), nullptr, no_passphrase, nullptr));
    need(key != nullptr, "private_key_file: no PEM private key without a passphrase can be read");
    return key;
}

std::chrono::sys_seconds time_of(const ASN1_TIME* time) {
    std::tm parts{};
    ASN1_TIME_to_tm(time, &parts);
    return std::chrono::sys_seconds(std::chrono::seconds(timegm(&parts)));
}

tls_certificate_facts facts_of(X509* certificate) {
    tls_certificate_facts out;
    const bio_ptr text(BIO_new(BIO_s_mem()));
    X509_NAME_print_ex(
        text.get(), X509_get_subject_name(certificate), 0, XN_FLAG_ONELINE & ~ASN1_STRFLGS_ESC_MSB
    );
    out.subject.resize(BIO_ctrl_pending(text.get()));
    BIO_read(text.get(), out.subject.data(), static_cast<int>(out.subject.size()));
    i2a_ASN1_INTEGER(text.get(), X509_get0_serialNumber(certificate));
    out.serial.resize(BIO_ctrl_pending(text.get()));
    BIO_read(text.get(), out.serial.data(), static_cast<int>(out.serial.size()));
    out.not_after = time_of(X509_get0_notAfter(certificate));
    return out;
}

void set_certificate(SSL_CTX* context, std::vector<certificate_ptr> chain) {
    if (X509_cmp_current_time(X509_get0_notAfter(chain.front().get())) < 0) {
        throw unusable{"certificate_file: the certificate has expired"};
    }
    need(
        SSL_CTX_use_certificate(context, chain.front().get()) == 1,
        "certificate_file: the certificate cannot be used"
    );
    for (std::size_t i = 1; i < chain.size(); ++i) {
        need(
            SSL_CTX_add1_chain_cert(context, chain[i].get()) == 1,
            "certificate_file: a certificate of the chain cannot be used"
        );
    }
}

void set_key(SSL_CTX* context, const key_ptr& key) {
    if (X509_check_private_key(SSL_CTX_get0_certificate(context), key.get()) != 1) {
        ERR_clear_error();
        throw unusable{"private_key_file: the key does not belong to the certificate"};
    }
    need(
        SSL_CTX_use_PrivateKey(context, key.get()) == 1, "private_key_file: the key cannot be used"
    );
}

// Without tickets: a session must not outlive the validity of its certificate.
void request_certificates(SSL_CTX* context, const tls_server_material& material) {
    X509_STORE* const trusted = SSL_CTX_get_cert_store(context);
    for (const auto& ca : read_certificates(material.client_ca, "client_ca_file")) {
        need(
            X509_STORE_add_cert(trusted, ca.get()) == 1 &&
                SSL_CTX_add_client_CA(context, ca.get()) == 1,
            "client_ca_file: a certificate cannot be used"
        );
    }
    const int insist = material.client_certificate_required ? SSL_VERIFY_FAIL_IF_NO_PEER_CERT : 0;
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER | insist, nullptr);
    SSL_CTX_set_options(context, SSL_OP_NO_TICKET);
    SSL_CTX_set_num_tickets(context, 0);
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_size, const unsigned char* offered, unsigned int offered_size, void*) {
    static constexpr unsigned char known[] = "\x08http/1.1";
    unsigned char* picked = nullptr;
    const int found =
        SSL_select_next_proto(&picked, chosen_size, known, sizeof known - 1, offered, offered_size);
    *chosen = picked;
    return found == OPENSSL_NPN_NEGOTIATED ? SSL_TLSEXT_ERR_OK : SSL_TLSEXT_ERR_ALERT_FATAL;
}

void set_policy(SSL_CTX* context) {
    need(
        SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1 &&
            SSL_CTX_set_cipher_list(context, tls12_ciphers) == 1 &&
            SSL_CTX_set1_groups_list(context, groups) == 1,
        "OpenSSL cannot be used"
    );
    SSL_CTX_set_options(
        context,
        SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_CIPHER_SERVER_PREFERENCE |
            SSL_OP_PRIORITIZE_CHACHA
    );
    SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS);
    // Sessions are stored in tickets at the client, not here.
    SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
    SSL_CTX_set_timeout(context, ticket_seconds);
    SSL_CTX_set_num_tickets(context, 1);
    SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
}

std::string text_of(const ASN1_STRING* value) {
    unsigned char* utf8 = nullptr;
    const int size = ASN1_STRING_to_UTF8(&utf8, value);
    if (size < 0) {
        ERR_clear_error();
        return {};
    }
    // With its length: a NUL inside must not shorten the name.
    std::string out(reinterpret_cast<const char*>(utf8), static_cast<std::size_t>(size));
    OPENSSL_free(utf8);
    return out;
}

peer_names dns_names(X509* certificate) {
    peer_names out;
    const names_ptr all(static_cast<GENERAL_NAMES*>(
        X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr)
    ));
    for (int i = 0; i < sk_GENERAL_NAME_num(all.get()); ++i) {
        const GENERAL_NAME* const name = sk_GENERAL_NAME_value(all.get(), i);
        if (name->type == GEN_DNS) {
            out.push_back(text_of(name->d.dNSName));
        }
    }
    return out;
}

peer_names names_of_peer(SSL* ssl) {
    X509* const certificate = SSL_get0_peer_certificate(ssl);
    if (certificate == nullptr) {
        return {};
    }
    peer_names out = dns_names(certificate);
    X509_NAME* const subject = X509_get_subject_name(certificate);
    const int at = X509_NAME_get_index_by_NID(subject, NID_commonName, -1);
    if (out.empty() && at >= 0) {
        out.push_back(text_of(X509_NAME_ENTRY_get_data(X509_NAME_get_entry(subject, at))));
    }
    std::erase(out, std::string());
    return out;
}

}  // namespace

std::variant<tls_server_context, std::string> tls_server_context::make(
    const tls_server_material& material
) {
    tls_server_context out;
    out.context_.reset(SSL_CTX_new(TLS_server_method()), SSL_CTX_free);
    try {
        need(out.context_ != nullptr, "OpenSSL cannot be used");
        SSL_CTX* const context = out.context_.get();
        set_policy(context);
        auto chain = read_certificates(material.certificate_chain, "certificate_file");
        out.facts_ = facts_of(chain.front().get());
        set_certificate(context, std::move(chain));
        set_key(context, read_key(material.private_key));
        if (!material.client_ca.empty()) {
            request_certificates(context, material);
        }
    } catch (const unusable& what) {
        return what.sentence;
    }
    return out;
}

asio::awaitable<tls_accepted> accept_tls(
    stream_ptr plain, tls_server_context context, base::worker_pool& workers
) {
    tls_accepted result;
    std::array<char, 512> first;
    const io_result got = co_await plain->read_some(asio::buffer(first));
    if (got.error) {
        result.error = got.error;
        co_return result;
    }
    ssl_ptr ssl(SSL_new(context.native()));
    if (!ssl) {
        result.error = take_tls_error();
        co_return result;
    }
    SSL_set_accept_state(ssl.get());
    auto stream = std::make_unique<tls_channel>(
        std::move(plain), std::move(ssl), std::string_view(first.data(), got.bytes)
    );
    result.error = co_await stream->handshake(&workers);
    if (!result.error) {
        result.peer = names_of_peer(stream->ssl());
        result.stream = std::move(stream);
    }
    co_return result;
}

}  // namespace gateway::net
