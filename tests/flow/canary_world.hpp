#pragma once

#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "child_process.hpp"
#include "http_call.hpp"

namespace gateway::flow {

// A text that must not come out anywhere.
struct canary {
    const char* name;
    std::string text;
};

// Every way a secret or a code gets into the gateway, each with a text of its own.
struct canaries {
    canaries();

    const std::string& operator[](const std::string& name) const;
    const std::vector<canary>& all() const noexcept { return all_; }
    // An RSA key that no platform knows (PEM); a line of it is among the canaries.
    const std::string& stranger_key() const noexcept { return stranger_key_; }

private:
    std::string stranger_key_;
    std::vector<canary> all_;
};

// Where `text` shows in `place`, as it is, in hexadecimal or in base64; empty: nowhere. The last
// four characters of a long one may show.
std::string leak_of(const canary& secret, const std::string& place);

// The gateway at debug level, with a sealed journal, and the simulator, with accounts for every way
// a platform answers a wrong secret:
//   shop-sealed    Alipay, content encryption, acts for a merchant (app_auth_token)
//   shop-open      Alipay, neither
//   shop-wrong     Alipay, signs with a key that Alipay does not know
//   shop-nowhere   Alipay, nobody listens there
//   fliggy         TOP
//   fliggy-wrong   TOP, another app secret
//   fliggy-lapsed  TOP, a session that is not valid any more
class canary_world {
public:
    explicit canary_world(const canaries& secrets);
    ~canary_world();

    // As caller "pos", remembering what came back.
    answer api(
        const std::string& method,
        const std::string& target,
        const std::string& body = {},
        std::map<std::string, std::string> headers = {}
    );
    answer admin(const std::string& target, const std::string& accept = "*/*");
    void fault(const std::string& json) const;
    void clear_faults() const;
    // Everything the platforms were sent.
    std::string platform_saw() const;
    void write(const std::string& file, const std::string& content) const;
    void hang_up() const;  // SIGHUP: secret files are read again
    int stop();
    std::string log() { return gateway_->output(); }
    // Waits until the log holds this.
    bool logs(const std::string& pattern) { return gateway_->wait_for(pattern).has_value(); }
    // The journal's files, byte by byte, by name.
    std::map<std::string, std::string> journal_files() const;
    // What --check-config says.
    std::string check_config() const;
    // Answers with their header fields, as they came.
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
