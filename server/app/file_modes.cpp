#include "server/app/file_modes.hpp"

#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>

namespace gateway::server {
namespace {

void add_account(const config::account_settings& account, std::vector<std::string>& files) {
    if (account.platform == config::platform::taobao) {
        files.insert(files.end(), {account.taobao.app_secret_file, account.taobao.session_file});
    } else {
        files.insert(
            files.end(),
            {account.alipay.private_key_file,
             account.alipay.app_auth_token_file,
             account.alipay.encrypt_key_file}
        );
    }
    if (account.proxy) {
        files.push_back(account.proxy->credentials_file);
    }
}

std::vector<std::string> private_files(const config::settings& settings) {
    const auto& journal = settings.journal.sqlite_path;
    std::vector<std::string> files{journal, journal + "-wal", settings.journal.encryption_key_file};
    if (settings.journal.postgres) {
        files = {settings.journal.postgres->conninfo_file, settings.journal.encryption_key_file};
    }
    for (const auto* tls : {&settings.server.api.tls, &settings.server.admin.tls}) {
        if (*tls) {
            files.push_back((*tls)->private_key_file);
        }
    }
    for (const auto& account : settings.accounts) {
        add_account(account, files);
    }
    // Accounts of one app share their files.
    std::ranges::sort(files);
    const auto [rest, end] = std::ranges::unique(files);
    files.erase(rest, end);
    return files;
}

std::string octal(mode_t mode) {
    std::string digits = "0";
    for (const unsigned shift : {6U, 3U, 0U}) {
        digits += static_cast<char>('0' + ((mode >> shift) & 7U));
    }
    return digits;
}

}  // namespace

std::vector<std::string> files_open_to_others(const config::settings& settings) {
    std::vector<std::string> found;
    for (const auto& file : private_files(settings)) {
        struct stat there{};
        if (file.empty() || ::stat(file.c_str(), &there) != 0) {
            continue;  // a missing one is a fault of its own, or is going to be created
        }
        const mode_t mode = there.st_mode & 0777U;
        const mode_t others = there.st_uid == ::geteuid() ? 077U : 007U;
        if ((mode & others) != 0) {
            found.push_back(
                file + " is open to other users (mode " + octal(mode) +
                "): chmod 600 makes it "
                "private"
            );
        }
    }
    return found;
}

}  // namespace gateway::server
