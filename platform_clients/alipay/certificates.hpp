#pragma once

#include <chrono>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform_clients/alipay/keys.hpp"

namespace gateway::alipay {

// The part of a certificate that people and metrics see.
struct certificate_facts {
    std::string role;           // "app", "alipay", "alipay_root"
    std::string sn;             // Alipay's own: MD5 of issuer and serial number
    std::string serial_number;  // X.509's, in hexadecimal
    std::chrono::system_clock::time_point not_after;
};

// What certificate mode adds to an account's credentials; never changed once read.
struct certificate_set {
    std::string app_sn;                      // sent as app_cert_sn
    std::string root_sn;                     // sent as alipay_root_cert_sn
    std::string alipay_sn;                   // of the configured Alipay certificate
    std::vector<std::string> roots;          // DER
    std::vector<std::string> intermediates;  // DER; those beside the configured Alipay certificate
    std::vector<certificate_facts> facts;
};

// The texts of the three files of certificate mode. An empty one could not be read, which the
// caller reports.
struct certificate_files {
    std::string_view app;
    std::string_view alipay;
    std::string_view roots;
};

struct certificate_fault {
    std::string_view setting;
    std::string what;  // one sentence to follow the file's name
};

struct certificates_reading {
    certificate_set set;
    public_key alipays;  // of the configured Alipay certificate
    public_key app;      // of the application's certificate
    std::vector<certificate_fault> faults;
};
certificates_reading read_certificates(const certificate_files& files, sign_type type);

// An Alipay certificate that came over the network and was found trustworthy.
struct trusted_certificate {
    public_key key;
    certificate_facts facts;
};

// Accepts the first certificate of `text` (PEM) if it has the serial number asked for and, at
// `now`, a chain to the set's roots; the text's other certificates may be links of it. The answer
// that brought it can't be verified itself, so this check is all there is. The alternative says why
// not. Costs signature checks: on a worker.
std::variant<std::string, trusted_certificate> trust_certificate(
    const certificate_set& set,
    std::string_view wanted_sn,
    std::string_view text,
    sign_type type,
    std::chrono::system_clock::time_point now
);

}  // namespace gateway::alipay
