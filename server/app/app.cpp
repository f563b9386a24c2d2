#include "server/app/app.hpp"

#include <algorithm>
#include <csignal>
#include <thread>

#include "base/thread_priority.hpp"
#include "server/app/key_faults.hpp"
#include "server/app/names.hpp"
#include "server/app/parts.hpp"

namespace gateway::server {
namespace {

constexpr std::chrono::seconds key_files_interval{5};
// The journal has this long to close even when the drain took all its time.
constexpr std::chrono::seconds least_time_to_close{2};

// One for each core, up to four.
std::size_t signer_count() {
    return std::clamp<std::size_t>(std::thread::hardware_concurrency(), 1, 4);
}

redemption::housekeeping::settings housekeeping_of(const config::journal_settings& settings) {
    redemption::housekeeping::settings out;
    out.retention = settings.retention;
    return out;
}

}  // namespace

app::parts::parts(const config::settings& given, server::log& out)
    : settings(given),
      log(out),
      signers(signer_count(), 0),  // accounts have queues of their own
      key_files(executor, file_reader, key_files_interval),
      engine(make_core()),
      housekeeping(
          time,
          journal,
          housekeeping_of(settings.journal),
          {[this](std::size_t count, redemption::time_point older_than) {
               observer.journal_removed(count, older_than);
           },
           [this](bool paused) {
               observer.retention_paused(paused);
           }}
      ),
      api_router(
          api_routes(*engine, directory, certificates, losses, time, settings.journal.retention)
      ),
      listeners(
          executor,
          settings,
          {"api", api_router, api_authenticator, observer},
          {"admin", admin_router, admin_authenticator, observer},
          work,
          background,
          observer
      ) {
    listeners.watch(key_files);
    show_known_series();
}

void app::parts::show_known_series() {
    for (const auto& account : settings.accounts) {
        std::vector<base::fixed_text> methods;
        for (const auto* method : all_methods()) {
            const auto wanted = account.platform == config::platform::alipay
                                    ? redemption::platform_kind::alipay
                                    : redemption::platform_kind::taobao;
            if (method->platform() == wanted) {
                methods.push_back(method->name());
            }
        }
        observer.account_configured(redemption::account_name(account.name), methods);
        observer.host_configured(account.proxy ? account.proxy->host : account.gateway.host);
    }
    const auto& server = settings.server;
    observer.listener_configured("api", api_router.routes(), server.api.tls.has_value());
    observer.listener_configured("admin", admin_router.routes(), server.admin.tls.has_value());
}

std::unique_ptr<redemption::engine> app::parts::make_core() {
    auto readings = read_all_keys(settings);
    for (std::size_t i = 0; i < readings.size(); ++i) {
        const auto& account = settings.accounts[i];
        key_files.add(check_for_change(
            readings[i].files,
            [account] { return digest_of_files(account); },
            [account] { return read_keys(account); },
            [this, name = account.name](auto reading) { apply_keys(name, std::move(reading)); }
        ));
        publish_certificates(account.name, readings[i]);
        accounts.add(
            account,
            std::move(*readings[i].keys),
            std::move(readings[i].proxy_credentials).value_or(base::secret_text())
        );
    }
    return redemption::make_engine(
        {time,
         journal,
         journal.fellows(),
         directory,
         observer,
         [this](asio::awaitable<void> task) { work.spawn(std::move(task)); },
         settings.server.max_in_flight,
         earlier_names_of(settings)},
        accounts.entries()
    );
}

std::vector<readiness_check> app::parts::readiness_checks() {
    using why_not = std::optional<base::redacted_text>;
    return {
        {"journal",
         [this]() -> why_not {
             const auto trouble = journal.trouble();
             return trouble ? why_not(trouble->reason) : std::nullopt;
         }},
        {"no_loss",
         [this] {
             return losses.obstacle();
         }},
        {"not_draining",
         [this]() -> why_not {
             return life.stopping() ? why_not(base::redacted_text("the gateway is stopping"))
                                    : std::nullopt;
         }},
    };
}

void app::parts::apply_keys(const std::string& account, keys_reading reading) {
    observer.keys_changed(redemption::account_name(account), shown(reading.faults));
    if (reading.trust) {
        accounts.replace_trust(account, std::move(*reading.trust));
    }
    const bool usable = reading.keys || reading.proxy_credentials;
    if (reading.proxy_credentials) {
        accounts.replace_proxy_credentials(account, std::move(*reading.proxy_credentials));
    }
    if (reading.keys) {
        publish_certificates(account, reading);
        accounts.replace_keys(account, std::move(*reading.keys));
    }
    if (usable) {
        engine->secrets_changed(redemption::account_name(account));
    }
}

void app::parts::publish_certificates(const std::string& account, const keys_reading& reading) {
    const redemption::account_name name(account);
    certificates.replace(name, reading.certificates);
    for (const auto& one : reading.certificates) {
        // A bundle holds old roots, too; only what signs for the account can end its work.
        if (one.role != "alipay_root") {
            observer.certificate_known(name, one.role, one.not_after);
        }
    }
}

app::app(const config::settings& settings, log& out)
    : parts_(std::make_unique<parts>(settings, out)) {}

app::~app() = default;

ending app::run() {
    base::use_short_time_slices();
    parts_->root.spawn(parts_->serve());
    parts_->loop.run();
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(
        parts_->drained_by - parts_->time.now()
    );
    if (!close_within(
            parts_->journal, std::max<std::chrono::milliseconds>(left, least_time_to_close)
        )) {
        parts_->observer.journal_not_closed();
        return ending::journal_hangs;
    }
    return parts_->result;
}

}  // namespace gateway::server
