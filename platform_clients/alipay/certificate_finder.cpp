#include "platform_clients/alipay/certificate_finder.hpp"

#include <algorithm>
#include <optional>
#include <utility>

#include "platform_clients/alipay/answer.hpp"
#include "platform_clients/alipay/signed_request.hpp"
#include "text/base64.hpp"

namespace gateway::alipay {
namespace {

namespace asio = boost::asio;
using signing = std::variant<signing_fault, signed_request>;
using time_point = std::chrono::system_clock::time_point;
using trusting = std::variant<std::string, trusted_certificate>;

constexpr std::string_view download_method = "alipay.open.app.alipaycert.download";
constexpr std::string_view download_node = "alipay_open_app_alipaycert_download_response";
// A failed look-up is repeated no sooner: every answer would cost a request more.
constexpr auto failure_age = std::chrono::seconds(30);
// Serial numbers come from unverified answers.
constexpr std::size_t most_remembered = 16;

bool is_serial_number(std::string_view sn) noexcept {
    return sn.size() == 32 && std::all_of(sn.begin(), sn.end(), [](char c) {
               return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f');
           });
}

asio::awaitable<signing> sign_job(
    credentials_ptr keys, std::string target, std::string sn, time_point now
) {
    const redemption::params_text biz_content("{\"alipay_cert_sn\":\"" + sn + "\"}");
    co_return make_signed_request(*keys, target, download_method, biz_content, now);
}

// The certificate's PEM text in an answer that is signed by that very certificate.
std::optional<std::string> certificate_in(std::string body, const credentials& keys) {
    const auto opening = open_answer(std::move(body), download_node, keys.text);
    const auto* opened = std::get_if<opened_answer>(&opening);
    const auto node =
        opened ? read_unverified(*opened, keys.cipher ? &*keys.cipher : nullptr) : std::nullopt;
    if (!node || node->code != "10000") {
        return std::nullopt;
    }
    const auto* content = node->members.if_contains("alipay_cert_content");
    const auto* text = content ? content->if_string() : nullptr;
    return text ? text::base64_decode({text->data(), text->size()}) : std::nullopt;
}

asio::awaitable<trusting> trust_job(
    credentials_ptr keys, std::string sn, std::string body, time_point now
) {
    const auto text = certificate_in(std::move(body), *keys);
    if (!text) {
        co_return trusting("the answer holds no certificate");
    }
    auto trusted = trust_certificate(*keys->certificates, sn, *text, keys->type, now);
    const auto* good = std::get_if<trusted_certificate>(&trusted);
    if (good && belong_together(keys->own, good->key)) {
        co_return trusting("the certificate sent is the application's own");
    }
    co_return trusted;
}

}  // namespace

certificate_finder::certificate_finder(
    redemption::account_name account,
    std::string target,
    net::http_client& client,
    base::worker_pool& workers,
    alipay::probe& probe,
    base::runtime& time
)
    : account_(std::move(account)),
      target_(std::move(target)),
      client_(client),
      workers_(workers),
      probe_(probe),
      time_(time) {}

asio::awaitable<certificate_finder::found> certificate_finder::find(
    credentials_ptr keys, std::string sn, net::steady_time deadline
) {
    if (!keys->certificates || sn == keys->certificates->alipay_sn) {
        co_return keys->alipays;
    }
    if (!is_serial_number(sn)) {
        co_return found(base::fixed_text("the answer's alipay_cert_sn is no serial number"));
    }
    use(keys);
    if (const auto at = under_way_.find(sn); at != under_way_.end()) {
        co_await at->second.wait_until(time_, deadline);
    }
    if (const auto* result = remembered(sn); result && keys == learned_for_) {
        co_return *result;
    }
    auto result = co_await fetch(keys, sn, deadline);
    co_return result;
}

void certificate_finder::use(const credentials_ptr& keys) {
    if (keys != learned_for_) {
        learned_.clear();
        learned_for_ = keys;
    }
}

const certificate_finder::found* certificate_finder::remembered(const std::string& sn) const {
    const auto at = learned_.find(sn);
    const bool valid = at != learned_.end() && at->second.valid_until > time_.now();
    return valid ? &at->second.result : nullptr;
}

void certificate_finder::remember(
    const credentials_ptr& keys, const std::string& sn, const found& result
) {
    if (keys != learned_for_) {
        return;
    }
    if (learned_.size() >= most_remembered) {
        learned_.clear();
    }
    const bool good = std::holds_alternative<public_key>(result);
    const auto until = good ? net::steady_time::max() : time_.now() + failure_age;
    learned_[sn] = {result, until};
}

asio::awaitable<certificate_finder::found> certificate_finder::fetch(
    credentials_ptr keys, std::string sn, net::steady_time deadline
) {
    under_way_.try_emplace(sn);
    try {
        auto result = co_await download(keys, sn, deadline);
        // Running out of time says nothing about the serial number.
        if (time_.now() < deadline) {
            remember(keys, sn, result);
        }
        end_download(sn);
        co_return result;
    } catch (...) {
        end_download(sn);
        throw;
    }
}

void certificate_finder::end_download(const std::string& sn) {
    if (auto waiting = under_way_.extract(sn)) {
        waiting.mapped().notify();
    }
}

asio::awaitable<certificate_finder::found> certificate_finder::download(
    credentials_ptr keys, std::string sn, net::steady_time deadline
) {
    auto signing_job = sign_job(keys, target_, sn, time_.precise_wall_now());
    auto ready = co_await workers_.run(std::move(signing_job));
    const auto* request = std::get_if<signed_request>(&ready);
    if (!request) {
        co_return found(base::fixed_text("the request for it can't be signed"));
    }
    net::exchange_options options;
    options.limit = std::chrono::floor<std::chrono::milliseconds>(deadline - time_.now());
    auto exchanged = co_await client_.exchange(request->http, options);
    if (exchanged.phase != net::send_phase::answered || exchanged.response.status != 200) {
        co_return found(base::fixed_text("the request for it got no answer"));
    }
    auto checking =
        trust_job(keys, sn, std::move(exchanged.response.body), time_.precise_wall_now());
    auto trusted = co_await workers_.run(std::move(checking));
    if (auto* why_not = std::get_if<std::string>(&trusted)) {
        co_return found(base::redacted_text::trusted(*why_not));
    }
    const auto& good = std::get<trusted_certificate>(trusted);
    probe_.certificate_learned(account_, good.facts);
    co_return found(good.key);
}

}  // namespace gateway::alipay
