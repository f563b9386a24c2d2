#include "platform_clients/alipay/credentials.hpp"

#include <array>
#include <chrono>
#include <cstdio>
#include <utility>

#include "config/secret_files.hpp"

namespace gateway::alipay {
namespace {

// "yyyy-MM-dd", UTC.
std::string date_text(std::chrono::system_clock::time_point at) {
    const std::chrono::year_month_day date(std::chrono::floor<std::chrono::days>(at));
    std::array<char, 32> text{};
    std::snprintf(
        text.data(),
        text.size(),
        "%04d-%02u-%02u",
        static_cast<int>(date.year()),
        static_cast<unsigned>(date.month()),
        static_cast<unsigned>(date.day())
    );
    return text.data();
}

// In the order of certificate_files.
constexpr std::array<std::pair<std::string_view, std::string config::alipay_settings::*>, 3>
    certificate_settings{{
        {"app_certificate_file", &config::alipay_settings::app_certificate_file},
        {"alipay_certificate_file", &config::alipay_settings::alipay_certificate_file},
        {"alipay_root_certificate_file", &config::alipay_settings::alipay_root_certificate_file},
    }};

// Reads one account's files, noting faults and findings as it goes.
class reader {
public:
    reader(
        const config::alipay_settings& settings,
        credentials_reading& reading,
        std::chrono::system_clock::time_point now
    )
        : settings_(settings), reading_(reading), now_(now) {}

    credentials read() {
        credentials result;
        result.app_id = settings_.app_id;
        result.type = settings_.sign_type;
        result.text = settings_.charset;
        if (!charset_available(result.text)) {
            reading_.faults.emplace_back(
                "charset: this system has no converter for it (gconv modules missing)"
            );
        }
        result.own =
            key<private_key>("private_key_file", settings_.private_key_file, &read_private_key);
        if (settings_.app_certificate_file.empty()) {
            result.alipays = key<public_key>(
                "alipay_public_key_file", settings_.alipay_public_key_file, &read_public_key
            );
        } else {
            read_certificate_mode(result);
        }
        result.app_auth_token = token("app_auth_token_file", settings_.app_auth_token_file);
        result.cipher = cipher("encrypt_key_file", settings_.encrypt_key_file);
        prove(result);
        return result;
    }

private:
    // "private_key_file: /run/secrets/key.pem holds a public key where …"
    void fault(std::string_view setting, const std::string& path, const std::string& what) {
        reading_.faults.push_back(std::string(setting) + ": " + path + ' ' + what);
    }

    // What the keys come to, as far as they could be read. The application's own key given as
    // Alipay's is the commonest mistake of all.
    void prove(const credentials& read) {
        if (!read.own.get()) {
            return;
        }
        if (const auto broken = prove_key(read.own, read.type)) {
            fault("private_key_file", settings_.private_key_file, broken->what);
        }
        if (!read.alipays.get() || !belong_together(read.own, read.alipays)) {
            return;
        }
        const bool keys = settings_.app_certificate_file.empty();
        fault(
            keys ? "alipay_public_key_file" : "alipay_certificate_file",
            keys ? settings_.alipay_public_key_file : settings_.alipay_certificate_file,
            "holds the application's own key; copy \"Alipay public key\" from the open platform's "
            "console, not the application's"
        );
    }

    std::optional<base::secret_text> content(std::string_view setting, const std::string& path) {
        auto loaded = config::load_secret_file(path);
        if (const auto* what = std::get_if<std::string>(&loaded)) {
            reading_.faults.push_back(std::string(setting) + ": " + *what);  // it names the path
            return std::nullopt;
        }
        return std::get<base::secret_text>(std::move(loaded));
    }

    template <class Key>
    Key key(
        std::string_view setting,
        const std::string& path,
        key_reading<Key> (*read)(std::string_view, sign_type)
    ) {
        const auto text = content(setting, path);
        if (!text) {
            return Key();
        }
        auto found = read(text->reveal(), settings_.sign_type);
        if (auto* broken = std::get_if<key_fault>(&found)) {
            fault(setting, path, broken->what);
            return Key();
        }
        auto& good = std::get<found_key<Key>>(found);
        reading_.found.push_back(std::string(setting) + ": " + good.format);
        return std::move(good.key);
    }

    void read_certificate_mode(credentials& result) {
        std::array<std::optional<base::secret_text>, certificate_settings.size()> texts;
        for (std::size_t i = 0; i < texts.size(); ++i) {
            const auto& [setting, path] = certificate_settings[i];
            texts[i] = content(setting, settings_.*path);
        }
        const auto shown = [&](std::size_t i) {
            return texts[i] ? texts[i]->reveal() : std::string_view();
        };
        auto read = read_certificates({shown(0), shown(1), shown(2)}, settings_.sign_type);
        for (const auto& broken : read.faults) {
            for (const auto& [setting, path] : certificate_settings) {
                if (setting == broken.setting) {
                    fault(setting, settings_.*path, broken.what);
                }
            }
        }
        if (result.own.get() && read.app.get() && !belong_together(result.own, read.app)) {
            fault(
                "app_certificate_file",
                settings_.app_certificate_file,
                "is not the certificate of the private key in private_key_file"
            );
        }
        for (const auto& facts : read.set.facts) {
            if (facts.role == "alipay_root") {
                continue;
            }
            const bool over = facts.not_after < now_;
            reading_.found.push_back(
                facts.role + " certificate: serial number " + facts.serial_number + ", SN " +
                facts.sn + (over ? ", EXPIRED on " : ", valid until ") + date_text(facts.not_after)
            );
        }
        if (!read.set.root_sn.empty()) {
            reading_.found.push_back("alipay_root_cert_sn: " + read.set.root_sn);
        }
        result.alipays = std::move(read.alipays);
        result.certificates = std::move(read.set);
    }

    // A token of one line of visible ASCII; empty if none is configured.
    base::secret_text token(std::string_view setting, const std::string& path) {
        auto text = path.empty() ? std::nullopt : content(setting, path);
        if (!text) {
            return {};
        }
        for (const char c : text->reveal()) {
            if (c <= ' ' || c > '~') {
                fault(setting, path, "must be one line of visible ASCII characters");
                return {};
            }
        }
        return std::move(*text);
    }

    std::optional<content_cipher> cipher(std::string_view setting, const std::string& path) {
        const auto text = path.empty() ? std::nullopt : content(setting, path);
        if (!text) {
            return std::nullopt;
        }
        auto made = content_cipher::from_key(text->reveal());
        if (auto* what = std::get_if<std::string>(&made)) {
            fault(setting, path, *what);
            return std::nullopt;
        }
        reading_.found.push_back(std::string(setting) + ": AES key, content is encrypted");
        return std::get<content_cipher>(std::move(made));
    }

    const config::alipay_settings& settings_;
    credentials_reading& reading_;
    const std::chrono::system_clock::time_point now_;
};

}  // namespace

credentials_reading read_credentials(
    const config::alipay_settings& settings, std::chrono::system_clock::time_point now
) {
    credentials_reading reading;
    auto result = reader(settings, reading, now).read();
    if (reading.faults.empty()) {
        reading.read = std::make_shared<const credentials>(std::move(result));
    }
    return reading;
}

}  // namespace gateway::alipay
