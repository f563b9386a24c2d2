#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "http_call.hpp"

namespace gateway::flow {

// A secret that must not appear in any output.
struct canary {
    const char* name;
    std::string text;
};

// One canary for every way in which a secret or a code enters the gateway.
struct canaries {
    canaries();

    const std::string& operator[](const std::string& name) const;
    const std::vector<canary>& all() const noexcept { return all_; }
    // Returns an RSA key that no platform knows (PEM); one of its lines is a canary.
    const std::string& unknown_key() const noexcept { return unknown_key_; }

private:
    std::string unknown_key_;
    std::vector<canary> all_;
};

// Finds the canary in `place`, in plain text, hexadecimal or base64, and describes the occurrence;
// empty when there is none. The last four characters of a long text may appear.
std::string leak_of(const canary& secret, const std::string& place);

// The gateway at log level debug with a sealed journal, and the simulator, with accounts for every
// answer of a platform to a wrong secret:
//   shop-sealed    Alipay, content encryption, acts for a merchant (app_auth_token)
//   shop-open      Alipay, neither of these
//   shop-wrong     Alipay, with a key that Alipay does not know
//   shop-nowhere   Alipay, on a closed port
//   fliggy         TOP
//   fliggy-wrong   TOP, with a wrong app secret
//   fliggy-lapsed  TOP, with an expired session
class canary_world {
public:
    explicit canary_world(const canaries& secrets);
    ~canary_world();

    // Sends a request as the caller "pos" and records the answer.
    answer api(
        const std::string& method,
        const std::string& target,
        const std::string& body = {},
        std::map<std::string, std::string> headers = {}
    );
    answer admin(const std::string& target, const std::string& accept = "*/*");
    void fault(const std::string& json) const;
    void clear_faults() const;
    // Returns the requests that the platforms received.
    std::string platform_requests() const;
    void write(const std::string& file, const std::string& content) const;
    void signal_reload() const;  // sends SIGHUP: the gateway reads the secret files again
    int stop();
    std::string log() { return gateway_->output(); }
    // Waits until the log matches.
    bool logs(const std::string& pattern) { return gateway_->wait_for(pattern).has_value(); }
    // Returns the bytes of the journal's files by name.
    std::map<std::string, std::string> journal_files() const;
    // Returns the output of --check-config.
    std::string check_config() const;
    // Returns the recorded answers with their header fields.
    const std::string& answers() const noexcept { return answers_; }
    pid_t pid() const noexcept { return gateway_->pid(); }

private:
    void write_files(const canaries& secrets) const;
    void start();

    std::filesystem::path folder_;
    std::string token_;
    std::unique_ptr<child_process> simulator_;
    std::unique_ptr<child_process> gateway_;
    std::uint16_t simulator_port_ = 0;
    std::uint16_t api_port_ = 0;
    std::uint16_t admin_port_ = 0;
    std::string answers_;
};

}  // namespace gateway::flow
