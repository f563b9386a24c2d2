#include "config/account_knobs.hpp"

#include <utility>

#include "config/knob_kinds.hpp"

namespace gateway::config {
namespace {

using std::chrono::minutes;

constexpr need required = need::required;

knob_table<account_limits> limits_knobs() {
    using l = account_limits;
    return {
        {"requests_per_second",
         value(&l::requests_per_second, decimal_number(0.01, 100'000)),
         "Calls to the platform per second"},
        {"in_flight",
         value(&l::in_flight, whole_number(1, 10'000)),
         "Calls to the platform at the same time, never more than `connections`"},
        {"connections",
         value(&l::connections, whole_number(1, 10'000)),
         "Open connections to the platform"},
        {"queue",
         value(&l::queue, whole_number(0, 1'000'000)),
         "Redemptions that may wait beside those in flight; one more is answered 503"},
    };
}

knob_table<account_breaker> breaker_knobs() {
    using b = account_breaker;
    return {
        {"faults",
         value(&b::faults, whole_number(1, 10'000)),
         "Calls in a row that did not reach the platform, got no answer in time or one that is not the platform's"
        },
        {"pause",
         value(&b::pause, duration(milliseconds(10), minutes(10))),
         "First pause before a single call probes; it doubles with each that fails"},
        {"longest_pause",
         value(&b::longest_pause, duration(milliseconds(10), minutes(10))),
         "Where doubling ends"},
    };
}

knob_table<account_timeouts> timeouts_knobs() {
    using t = account_timeouts;
    return {
        {"connect",
         value(&t::connect, duration(milliseconds(10), minutes(1))),
         "Name, TCP, the proxy's tunnel and TLS together"},
        {"attempt",
         value(&t::attempt, duration(milliseconds(100), minutes(5))),
         "One call, from when it has a connection or opens one to the last byte of the answer"},
    };
}

// A proxy's section as written.
struct written_proxy {
    proxy_settings url;
    std::string credentials_file;
};

knob_table<written_proxy> proxy_knobs() {
    using p = written_proxy;
    return {
        {"url", value(&p::url, proxy_url()), "The proxy itself", required},
        {"credentials_file",
         file_path(&p::credentials_file),
         "USER:PASSWORD for it (Basic); a change is taken up without a restart"},
    };
}

// The URL alone, or a section.
knob_kind<account_settings> proxy() {
    using a = account_settings;
    const auto url = optional_value(&a::proxy, proxy_url());
    knob_kind<a> kind;
    kind.expected = "http://HOST:PORT, or a section";
    kind.read = [url, table = proxy_knobs()](
                    const yaml_node& node, const std::string& path, a& account, reading& into
                ) {
        if (node.is != yaml_node::form::section) {
            url.read(node, path, account, into);
            return;
        }
        written_proxy written;
        read_section(node, path, table, written, into);
        account.proxy = std::move(written.url);
        account.proxy->credentials_file = std::move(written.credentials_file);
    };
    kind.show = url.show;
    kind.inside = [table = proxy_knobs(
                   )](const std::string& path, const a&, std::vector<reference_row>& rows) {
        describe_section(path, table, written_proxy{}, rows);
    };
    return kind;
}

value_form<platform> platform_name() {
    return one_of<platform>({{"alipay", platform::alipay}, {"taobao", platform::taobao}});
}

bool has_key(const auto& table, std::string_view key) {
    for (const auto& row : table) {
        if (row.key == key) {
            return true;
        }
    }
    return false;
}

std::string other_platform_hint(std::string_view key, platform own) {
    if (own == platform::alipay && has_key(taobao_knobs(), key)) {
        return "belongs to accounts of platform taobao";
    }
    if (own == platform::taobao && has_key(alipay_knobs(), key)) {
        return "belongs to accounts of platform alipay";
    }
    return {};
}

// The platform decides which keys an account has, so that it is read first, whatever its position.
void read_account(
    const yaml_node& node, const std::string& path, account_settings& account, reading& into
) {
    knob_table<account_settings> table = common_account_knobs();
    const auto add = [&table](knob_table<account_settings> rows, bool platform_known) {
        for (auto& row : rows) {
            row.need = platform_known ? row.need : need::optional;
            table.push_back(std::move(row));
        }
    };
    const auto named = written_platform(node);
    if (named != platform::taobao) {
        add(lifted(&account_settings::alipay, alipay_knobs()), named.has_value());
    }
    if (named != platform::alipay) {
        add(lifted(&account_settings::taobao, taobao_knobs()), named.has_value());
    }
    const auto hint = [named](std::string_view key) {
        return named ? other_platform_hint(key, *named) : std::string();
    };
    read_section(node, path, table, account, into, hint);
}

}  // namespace

std::optional<platform> written_platform(const yaml_node& account) {
    const yaml_node* const written = account.find("platform");
    if (written == nullptr) {
        return std::nullopt;
    }
    return platform_name().parse(expand_environment(written->text).text);
}

knob_kind<settings> account_list() {
    auto kind =
        sections<settings, account_settings>(&settings::accounts, "accounts", 1, read_account);
    kind.inside = [](const std::string& path, const settings&, std::vector<reference_row>& rows) {
        describe_section(path + "[]", common_account_knobs(), account_settings{}, rows);
        describe_section(path + "[] (alipay)", alipay_knobs(), alipay_settings{}, rows);
        describe_section(path + "[] (taobao)", taobao_knobs(), taobao_settings{}, rows);
    };
    return kind;
}

knob_table<account_settings> common_account_knobs() {
    using a = account_settings;
    return {
        {"name", value(&a::name, short_name()), "What requests call it", required},
        {"platform", value(&a::platform, platform_name()), "Whose account it is", required},
        {"gateway", value(&a::gateway, platform_url()), "The platform's gateway", required},
        {"ca_file",
         file_path(&a::ca_file),
         "Certificates (PEM) that the platform's is checked against instead of the system's"},
        {"proxy",
         proxy(),
         "HTTP proxy whose tunnels (CONNECT) lead to the platform; HTTPS_PROXY of the environment "
         "is not used"},
        {"limits", section(&a::limits, limits_knobs()), "What the gateway asks of the platform"},
        {"breaker",
         section(&a::breaker, breaker_knobs()),
         "When the platform's host is left alone for a while"},
        {"timeouts", section(&a::timeouts, timeouts_knobs()), "How long one attempt may take"},
    };
}

knob_table<alipay_settings> alipay_knobs() {
    using a = alipay_settings;
    return {
        {"app_id", value(&a::app_id, identifier("an app id")), "The app's id", required},
        {"private_key_file", file_path(&a::private_key_file), "The app's RSA private key", required
        },
        {"alipay_public_key_file",
         file_path(&a::alipay_public_key_file),
         "Alipay's public key (public-key mode); or the three certificate files"},
        {"app_certificate_file",
         file_path(&a::app_certificate_file),
         "The app's certificate (certificate mode)"},
        {"alipay_certificate_file",
         file_path(&a::alipay_certificate_file),
         "Alipay's certificate (certificate mode)"},
        {"alipay_root_certificate_file",
         file_path(&a::alipay_root_certificate_file),
         "Alipay's root certificates (certificate mode)"},
        {"sign_type",
         value(
             &a::sign_type,
             one_of<alipay_sign_type>(
                 {{"RSA2", alipay_sign_type::rsa2}, {"RSA", alipay_sign_type::rsa}}
             )
         ),
         "SHA-256 (RSA2) or SHA-1 (RSA) with RSA, as set for the app"},
        {"charset",
         value(
             &a::charset,
             one_of<alipay_charset>(
                 {{"utf-8", alipay_charset::utf_8},
                  {"gbk", alipay_charset::gbk},
                  {"gb2312", alipay_charset::gb2312}}
             )
         ),
         "Charset of requests and answers"},
        {"app_auth_token_file",
         file_path(&a::app_auth_token_file),
         "Token of the merchant the app acts for"},
        {"encrypt_key_file",
         file_path(&a::encrypt_key_file),
         "AES key (base64) when the app has content encryption switched on"},
    };
}

knob_table<taobao_settings> taobao_knobs() {
    using t = taobao_settings;
    return {
        {"app_key", value(&t::app_key, identifier("an app key")), "The app's key", required},
        {"app_secret_file", file_path(&t::app_secret_file), "The app's secret", required},
        {"session_file",
         file_path(&t::session_file),
         "The seller's session (access token); the travel call needs none"},
        {"sign_method",
         value(
             &t::sign_method,
             one_of<top_sign_method>(
                 {{"md5", top_sign_method::md5},
                  {"hmac", top_sign_method::hmac},
                  {"hmac-sha256", top_sign_method::hmac_sha256}}
             )
         ),
         "How requests are signed"},
    };
}

}  // namespace gateway::config
