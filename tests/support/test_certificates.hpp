#pragma once

#include <filesystem>
#include <string>

namespace gateway::support {

// A certificate and its key as PEM text.
struct certificate_pem {
    std::string certificate;
    std::string key;
};

// A CA made for one test, and certificates it signs. Throws when OpenSSL refuses.
class test_ca {
public:
    explicit test_ca(const std::string& name);
    // `subject_alternative_name` as OpenSSL's configuration has it: "DNS:localhost",
    // "IP:127.0.0.1"; empty for none. Valid for `seconds` from now; negative: expired.
    certificate_pem issue(
        const std::string& subject_alternative_name,
        const std::string& common_name = "server under test",
        long seconds = 3600
    ) const;
    const std::string& certificate() const noexcept { return own_.certificate; }

private:
    certificate_pem own_;
};

// A file that is deleted with the object.
class temporary_file {
public:
    explicit temporary_file(const std::string& content);
    ~temporary_file();
    temporary_file(const temporary_file&) = delete;
    temporary_file& operator=(const temporary_file&) = delete;
    std::string path() const { return path_.string(); }

private:
    std::filesystem::path path_;
};

}  // namespace gateway::support
