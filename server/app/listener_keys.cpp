#include "server/app/listener_keys.hpp"

#include "config/secret_files.hpp"

namespace gateway::server {
namespace {

// No file named is an empty text.
base::secret_text load(
    const std::string& path, const char* setting, std::vector<std::string>& faults
) {
    if (path.empty()) {
        return {};
    }
    auto loaded = config::load_secret_file(path);
    if (const auto* fault = std::get_if<std::string>(&loaded)) {
        faults.push_back(std::string(setting) + ": " + *fault);
        return {};
    }
    return std::move(std::get<base::secret_text>(loaded));
}

}  // namespace

text::sha256_digest digest_of_files(const config::tls_settings& settings) {
    std::string digests;
    for (const auto* path :
         {&settings.certificate_file, &settings.private_key_file, &settings.client_ca_file}) {
        const auto loaded = config::load_secret_file(*path);
        const auto* content = std::get_if<base::secret_text>(&loaded);
        // A file that can't be read counts as changed, too: the new reading says what is wrong.
        const auto digest = text::sha256(content ? content->reveal() : "unreadable");
        digests.append(digest.begin(), digest.end());
    }
    return text::sha256(digests);
}

listener_keys_reading read_listener_keys(
    const config::tls_settings& settings, bool certificate_required
) {
    listener_keys_reading out;
    // Before the reading, so that a change in between is noticed next time.
    out.files = digest_of_files(settings);
    const auto chain = load(settings.certificate_file, "certificate_file", out.faults);
    const auto key = load(settings.private_key_file, "private_key_file", out.faults);
    const auto ca = load(settings.client_ca_file, "client_ca_file", out.faults);
    if (!out.faults.empty()) {
        return out;
    }
    out.client_ca = text::sha256(ca.reveal());
    auto made = net::tls_server_context::make(
        {chain.reveal(), key.reveal(), ca.reveal(), certificate_required}
    );
    if (auto* fault = std::get_if<std::string>(&made)) {
        out.faults.push_back(std::move(*fault));
    } else {
        out.context = std::move(std::get<net::tls_server_context>(made));
    }
    return out;
}

}  // namespace gateway::server
