#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "base/secret_text.hpp"

// The settings of an operator as plain values: read and checked once at start
// (settings_reader.hpp), then passed by value (docs/configuration.md, Configuration). Secrets are
// file names here; secret_files.hpp loads their content.

namespace gateway::config {

using std::chrono::milliseconds;
using std::chrono::seconds;

struct tls_settings {
    std::string certificate_file;
    std::string private_key_file;
    std::string client_ca_file;  // empty: no client certificate is requested
};

struct listener_settings {
    std::string address = "0.0.0.0";
    std::uint16_t port = 0;
    std::optional<tls_settings> tls;
};

struct server_settings {
    listener_settings api{.address = "0.0.0.0", .port = 8080, .tls = {}};
    listener_settings admin{.address = "0.0.0.0", .port = 9090, .tls = {}};
    std::size_t max_header = 16 * 1024;
    std::size_t max_body = 256 * 1024;
    std::size_t max_message_memory = 64 * 1024 * 1024;
    std::size_t max_connections = 10'000;
    std::size_t max_requests_per_connection = 10'000;
    std::size_t max_in_flight = 4'096;
    milliseconds header_timeout{10'000};
    milliseconds body_timeout{20'000};
    milliseconds write_timeout{30'000};
    milliseconds idle_timeout{60'000};
    milliseconds drain_delay{5'000};
    milliseconds drain_timeout{25'000};
};

enum class role { redeem, read, operate };

struct caller_settings {
    std::string name;
    std::string token_sha256;      // 64 hex digits, or empty
    std::string certificate_name;  // or empty
    std::vector<role> roles;
    std::optional<std::vector<std::string>> accounts{};  // that it may use and see; absent: all
    std::optional<std::vector<std::string>> methods{};   // that it may use; absent: all
    std::vector<std::string> formerly{};        // earlier names, whose redemptions it keeps
    std::optional<double> requests_per_second;  // absent: no limit
};

// What keeps a confirmed redemption when the database server is lost.
enum class journal_durability : std::uint8_t {
    storage,  // its storage
    standby,  // a synchronous standby
};

struct postgres_settings {
    std::string conninfo_file;  // a connection string of libpq, read anew at each connect
    journal_durability durability = journal_durability::storage;  // must be chosen
    std::chrono::milliseconds lease{6'000};
    bool tls = true;      // verified; sockets and loopback addresses need none
    bool pooler = false;  // one in transaction mode is in between
};

// Either sqlite_path or postgres is set.
struct journal_settings {
    std::string sqlite_path;
    std::optional<postgres_settings> postgres;
    std::string encryption_key_file;  // empty: secrets are stored in clear, with a warning
    std::chrono::hours retention{24 * 90};
    bool must_exist = false;  // a journal that would have to be created is refused
};

enum class platform { alipay, taobao };
enum class alipay_sign_type { rsa, rsa2 };
enum class alipay_charset { utf_8, gbk, gb2312 };
enum class top_sign_method { md5, hmac, hmac_sha256 };

// A platform gateway's URL and its parts.
struct gateway_url {
    std::string text;  // as written
    bool tls = true;
    std::string host;
    std::uint16_t port = 443;
    std::string target;  // path and query
};

struct account_limits {
    double requests_per_second = 50;
    std::size_t in_flight = 64;
    std::size_t connections = 32;
    std::size_t queue = 1'000;
};

struct account_breaker {
    std::size_t faults = 10;
    milliseconds pause{1'000};
    milliseconds longest_pause{30'000};
};

struct account_timeouts {
    milliseconds connect{3'000};
    milliseconds attempt{10'000};
};

struct alipay_settings {
    std::string app_id;
    std::string private_key_file;
    std::string alipay_public_key_file;  // public-key mode
    std::string app_certificate_file;    // certificate mode: these three together
    std::string alipay_certificate_file;
    std::string alipay_root_certificate_file;
    alipay_sign_type sign_type = alipay_sign_type::rsa2;
    alipay_charset charset = alipay_charset::utf_8;
    std::string app_auth_token_file;
    std::string encrypt_key_file;
};

struct taobao_settings {
    std::string app_key;
    std::string app_secret_file;
    std::string session_file;  // empty: only calls without a session
    top_sign_method sign_method = top_sign_method::hmac_sha256;
};

// The HTTP proxy through which a platform is reached (CONNECT).
struct proxy_settings {
    std::string host;
    std::uint16_t port = 3128;
    std::string credentials_file;  // "user:password" for Basic; empty: none
};

struct account_settings {
    std::string name;
    config::platform platform = platform::alipay;
    gateway_url gateway;
    std::string ca_file;  // empty: the system's certificates
    std::optional<proxy_settings> proxy{};
    account_limits limits;
    account_breaker breaker;
    account_timeouts timeouts;
    alipay_settings alipay;  // used if `platform` is alipay
    taobao_settings taobao;
};

// The longest time that a redemption is tried again, whether a request or the settings say it.
inline constexpr seconds longest_expires_in{30 * 86'400};

struct method_settings {
    std::optional<seconds> expires_in{};  // absent: the method's own default
};

enum class log_level { debug, info, warn, error };
enum class log_format { json, text };

struct log_settings {
    log_level level = log_level::info;
    log_format format = log_format::json;
};

struct settings {
    server_settings server;
    std::vector<caller_settings> callers;  // none: open API
    journal_settings journal;
    std::vector<account_settings> accounts;
    std::map<std::string, method_settings, std::less<>> methods;  // by platform method name
    log_settings log;
};

}  // namespace gateway::config
