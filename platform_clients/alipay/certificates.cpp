#include "platform_clients/alipay/certificates.hpp"

#include <openssl/bn.h>
#include <openssl/err.h>
#include <openssl/x509.h>

#include <algorithm>
#include <memory>

#include "platform_clients/alipay/armour.hpp"
#include "platform_clients/alipay/certificate_sn.hpp"

namespace gateway::alipay {
namespace {

using time_point = std::chrono::system_clock::time_point;
using x509_ptr = std::unique_ptr<X509, decltype(&X509_free)>;
using store_ptr = std::unique_ptr<X509_STORE, decltype(&X509_STORE_free)>;
using context_ptr = std::unique_ptr<X509_STORE_CTX, decltype(&X509_STORE_CTX_free)>;

struct free_stack {
    void operator()(STACK_OF(X509) * stack) const noexcept { sk_X509_pop_free(stack, X509_free); }
};
using stack_ptr = std::unique_ptr<STACK_OF(X509), free_stack>;

x509_ptr parsed(std::string_view der) {
    const auto* at = reinterpret_cast<const unsigned char*>(der.data());
    x509_ptr certificate(d2i_X509(nullptr, &at, static_cast<long>(der.size())), &X509_free);
    ERR_clear_error();
    return certificate;
}

time_point end_of(const X509* certificate) {
    std::tm parts{};
    if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &parts) != 1) {
        return {};
    }
    return std::chrono::system_clock::from_time_t(timegm(&parts));
}

// As `openssl x509 -serial` shows it.
std::string serial_number_of(const X509* certificate) {
    const std::unique_ptr<BIGNUM, decltype(&BN_free)> number(
        ASN1_INTEGER_to_BN(X509_get0_serialNumber(certificate), nullptr), &BN_free
    );
    const std::unique_ptr<char, void (*)(char*)> digits(
        number ? BN_bn2hex(number.get()) : nullptr, [](char* allocated) { OPENSSL_free(allocated); }
    );
    return digits ? digits.get() : "";
}

certificate_facts facts_of(std::string role, std::string sn, const X509* certificate) {
    return {std::move(role), std::move(sn), serial_number_of(certificate), end_of(certificate)};
}

std::vector<std::string> certificates_of(std::vector<der_block> blocks) {
    std::vector<std::string> ders;
    for (auto& block : blocks) {
        ders.push_back(std::move(block.der));
    }
    return ders;
}

// Reads the three files, noting faults as it goes.
class reader {
public:
    explicit reader(sign_type type) : type_(type) {}

    certificates_reading read(const certificate_files& files) {
        const auto app = leaf_and_rest("app_certificate_file", files.app);
        reading_.set.app_sn = sn("app_certificate_file", "app", app);
        reading_.app = key("app_certificate_file", app);
        auto alipay = leaf_and_rest("alipay_certificate_file", files.alipay);
        reading_.set.alipay_sn = sn("alipay_certificate_file", "alipay", alipay);
        reading_.alipays = key("alipay_certificate_file", alipay);
        if (!alipay.empty()) {
            alipay.erase(alipay.begin());
        }
        reading_.set.intermediates = certificates_of(std::move(alipay));
        auto roots = leaf_and_rest("alipay_root_certificate_file", files.roots);
        reading_.set.root_sn = root_certificate_sn(roots);
        add_facts_of(roots);
        if (!roots.empty() && reading_.set.root_sn.empty()) {
            fault("alipay_root_certificate_file", "holds no certificate with an RSA signature");
        }
        reading_.set.roots = certificates_of(std::move(roots));
        return std::move(reading_);
    }

private:
    void fault(std::string_view setting, const std::string& what) {
        reading_.faults.push_back({setting, what});
    }

    std::vector<der_block> leaf_and_rest(std::string_view setting, std::string_view text) {
        if (text.empty()) {
            return {};
        }
        auto blocks = read_armour(text);
        if (const auto* what = std::get_if<std::string>(&blocks)) {
            fault(setting, *what);
            return {};
        }
        return std::get<std::vector<der_block>>(std::move(blocks));
    }

    std::string sn(
        std::string_view setting, const std::string& role, const std::vector<der_block>& blocks
    ) {
        if (blocks.empty()) {
            return {};
        }
        const auto number = certificate_sn(blocks.front().der);
        const auto certificate = parsed(blocks.front().der);
        if (!number || !certificate) {
            fault(setting, "holds no certificate");
            return {};
        }
        reading_.set.facts.push_back(facts_of(role, *number, certificate.get()));
        return *number;
    }

    void add_facts_of(const std::vector<der_block>& roots) {
        for (const auto& block : roots) {
            const auto root = parsed(block.der);
            if (root) {
                reading_.set.facts.push_back(
                    facts_of("alipay_root", certificate_sn(block.der).value_or(""), root.get())
                );
            }
        }
    }

    public_key key(std::string_view setting, const std::vector<der_block>& blocks) {
        if (blocks.empty() || !parsed(blocks.front().der)) {
            return {};
        }
        auto found = read_certificate_key(blocks.front().der, type_);
        if (const auto* broken = std::get_if<key_fault>(&found)) {
            fault(setting, broken->what);
            return {};
        }
        return std::get<found_key<public_key>>(std::move(found)).key;
    }

    sign_type type_;
    certificates_reading reading_;
};

stack_ptr links_of(const certificate_set& set, const std::vector<der_block>& blocks) {
    stack_ptr links(sk_X509_new_null());
    const auto add = [&](std::string_view der) {
        if (auto certificate = parsed(der)) {
            sk_X509_push(links.get(), certificate.release());
        }
    };
    std::for_each(blocks.begin() + 1, blocks.end(), [&](const auto& block) { add(block.der); });
    std::for_each(set.intermediates.begin(), set.intermediates.end(), add);
    return links;
}

bool is_configured_link(const certificate_set& set, X509* certificate) {
    unsigned char* bytes = nullptr;
    const int length = i2d_X509(certificate, &bytes);
    if (length <= 0) {
        return false;
    }
    const std::string der(reinterpret_cast<char*>(bytes), static_cast<std::size_t>(length));
    OPENSSL_free(bytes);
    return std::find(set.intermediates.begin(), set.intermediates.end(), der) !=
           set.intermediates.end();
}

// A link without CA extensions is taken only if the operator configured that very certificate:
// merchants' certificates come from the same roots, and none of them may vouch for another.
int on_chain_fault(int ok, X509_STORE_CTX* context) {
    if (ok == 1 || X509_STORE_CTX_get_error(context) != X509_V_ERR_INVALID_CA) {
        return ok;
    }
    const auto* set = static_cast<const certificate_set*>(X509_STORE_CTX_get_app_data(context));
    return is_configured_link(*set, X509_STORE_CTX_get_current_cert(context)) ? 1 : 0;
}

// Why there is no chain from the leaf to one of the set's roots at `now`; empty: there is.
std::string chain_fault(
    const certificate_set& set, X509* leaf, STACK_OF(X509) * links, time_point now
) {
    const store_ptr store(X509_STORE_new(), &X509_STORE_free);
    for (const auto& der : set.roots) {
        if (const auto root = parsed(der)) {
            X509_STORE_add_cert(store.get(), root.get());
        }
    }
    const context_ptr context(X509_STORE_CTX_new(), &X509_STORE_CTX_free);
    if (X509_STORE_CTX_init(context.get(), store.get(), leaf, links) != 1) {
        ERR_clear_error();
        return "the check could not begin";
    }
    X509_STORE_CTX_set_time(context.get(), 0, std::chrono::system_clock::to_time_t(now));
    X509_STORE_CTX_set_app_data(context.get(), const_cast<certificate_set*>(&set));
    X509_STORE_CTX_set_verify_cb(context.get(), &on_chain_fault);
    const bool good = X509_verify_cert(context.get()) == 1;
    const int error = X509_STORE_CTX_get_error(context.get());
    ERR_clear_error();
    return good ? "" : X509_verify_cert_error_string(error);
}

}  // namespace

certificates_reading read_certificates(const certificate_files& files, sign_type type) {
    return reader(type).read(files);
}

std::variant<std::string, trusted_certificate> trust_certificate(
    const certificate_set& set,
    std::string_view wanted_sn,
    std::string_view text,
    sign_type type,
    time_point now
) {
    auto armour = read_armour(text);
    if (auto* what = std::get_if<std::string>(&armour)) {
        return "the certificate sent " + *what;
    }
    const auto& blocks = std::get<std::vector<der_block>>(armour);
    const auto leaf = parsed(blocks.front().der);
    if (!leaf || certificate_sn(blocks.front().der) != wanted_sn) {
        return "the certificate sent is not the one asked for";
    }
    const auto links = links_of(set, blocks);
    const auto broken = chain_fault(set, leaf.get(), links.get(), now);
    if (!broken.empty()) {
        return "the certificate sent has no chain to the configured roots: " + broken;
    }
    auto key = read_certificate_key(blocks.front().der, type);
    if (const auto* fault = std::get_if<key_fault>(&key)) {
        return "the certificate sent " + fault->what;
    }
    return trusted_certificate{
        std::get<found_key<public_key>>(std::move(key)).key,
        facts_of("alipay", std::string(wanted_sn), leaf.get())
    };
}

}  // namespace gateway::alipay
