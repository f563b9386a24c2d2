#include "protocol_world.hpp"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <chrono>
#include <fstream>
#include <sstream>
#include <stdexcept>

namespace gateway::flow {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

std::string indented(const std::string& lines) {
    std::istringstream in(lines);
    std::string out;
    for (std::string line; std::getline(in, line);) {
        out += "    " + line + '\n';
    }
    return out;
}

world_options without_gateway(const platform_setup& setup) {
    world_options options;
    options.attempt_timeout = setup.attempt_timeout;
    options.start_gateway_now = false;
    return options;
}

void fill_in_usual_setup(platform_setup& setup) {
    const auto unless_given = [](std::string& text, const char* usual) {
        text = text.empty() ? usual : text;
    };
    unless_given(
        setup.alipay_account,
        "private_key_file: app_private.pem\nalipay_public_key_file: alipay_public.pem\n"
    );
    unless_given(
        setup.alipay_app,
        "app_public_key_file: app_public.pem\nalipay_private_key_file: alipay_private.pem\n"
    );
    unless_given(setup.taobao_account, "app_secret_file: secret\nsession_file: session\n");
    unless_given(setup.taobao_app, "secret: helloworld\nsessions: [test]\n");
}

}  // namespace

protocol_world::protocol_world(platform_setup setup)
    : world(without_gateway(setup)), setup_(std::move(setup)) {
    fill_in_usual_setup(setup_);
    put("app_private.pem", "alipay/keys/app_private_pkcs8.pem");
    put("app_public.pem", "alipay/keys/app_public_spki.pem");
    put("alipay_private.pem", "alipay/keys/alipay_private_pkcs8.pem");
    put("alipay_public.pem", "alipay/keys/alipay_public_spki.pem");
    write_gateway_file();
}

void protocol_world::put(const std::string& name, const std::string& data_file) const {
    write(name, data_text(data_file));
}

void protocol_world::write(const std::string& name, const std::string& content) const {
    std::ofstream(folder / name, std::ios::binary | std::ios::trunc) << content;
}

void protocol_world::write_gateway_file() const {
    const std::string scheme = setup_.tls.empty() ? "http" : "https";
    const auto common = "    timeouts: { connect: 1s, attempt: " + setup_.attempt_timeout + " }\n";
    write(
        "gateway.yaml",
        "server:\n"
        "  api: { address: 127.0.0.1, port: 0 }\n"
        "  admin: { address: 127.0.0.1, port: 0 }\n"
        "  drain_delay: 0s\n"
        "journal:\n"
        "  sqlite: { path: journal.db }\n"
        "accounts:\n"
        "  - name: shop-a\n"
        "    platform: alipay\n"
        "    gateway: \"" +
            scheme + "://127.0.0.1:${SIMULATOR_PORT}/gateway.do" + setup_.alipay_query +
            "\"\n"
            "    app_id: \"2021000000000001\"\n" +
            indented(setup_.alipay_account) + common +
            "  - name: fliggy\n"
            "    platform: taobao\n"
            "    gateway: \"" +
            scheme +
            "://127.0.0.1:${SIMULATOR_PORT}/router/rest\"\n"
            "    app_key: \"12345678\"\n" +
            indented(setup_.taobao_account) + common
    );
}

void protocol_world::write_simulator_file() const {
    write(
        "simulator.yaml",
        "alipay:\n"
        "  - app_id: \"2021000000000001\"\n"
        "    expired_entities: [EXPIRED-CODE]\n" +
            indented(setup_.alipay_app) +
            "taobao:\n"
            "  - app_key: \"12345678\"\n" +
            indented(setup_.taobao_app) +
            (setup_.tls.empty() ? "" : "tls:\n" + indented(setup_.tls))
    );
}

void protocol_world::start() {
    write_simulator_file();
    if (!setup_.tls.empty()) {
        simulator_arguments = {"--tls-port", "0"};
    }
    restart_simulator();
    if (!setup_.tls.empty()) {
        const auto port = simulator->wait_for("speaking TLS on [^\n]*:([0-9]+)\n");
        platform_port = static_cast<std::uint16_t>(std::stoi(port.value_or("0")));
    }
    start_gateway();
}

void protocol_world::change_platforms(
    const std::string& alipay_app, const std::string& taobao_app
) {
    setup_.alipay_app = alipay_app.empty() ? setup_.alipay_app : alipay_app;
    setup_.taobao_app = taobao_app.empty() ? setup_.taobao_app : taobao_app;
    write_simulator_file();
    restart_simulator();
}

std::pair<std::string, int> protocol_world::check_config() const {
    return run_gateway("gateway.yaml", {"--check-config"});
}

json::array protocol_world::requests(const std::string& method) const {
    const auto all = json_of(call(simulator_port, "GET", "/_sim/requests"));
    json::array found;
    for (const auto& one : all.at("requests").as_array()) {
        if (one.at("method").as_string().find(method) != json::string::npos) {
            found.push_back(one);
        }
    }
    return found;
}

bool eventually(const std::function<bool()>& condition, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    while (!condition()) {
        if (std::chrono::steady_clock::now() > end) {
            return false;
        }
    }
    return true;
}

void secret_mount::publish(std::initializer_list<std::pair<std::string, std::string>> files) {
    const auto fresh = "..generation" + std::to_string(++generation_);
    fs::create_directories(folder_ / fresh);
    for (const auto& [name, content] : files) {
        std::ofstream(folder_ / fresh / name, std::ios::binary) << content;
    }
    fs::create_symlink(fresh, folder_ / "..data_tmp");
    fs::rename(folder_ / "..data_tmp", folder_ / "..data");
    for (const auto& [name, content] : files) {
        if (!fs::is_symlink(folder_ / name)) {
            fs::create_symlink("..data/" + name, folder_ / name);
        }
    }
    fs::remove_all(folder_ / ("..generation" + std::to_string(generation_ - 1)));
}

std::string data_text(const std::string& data_file) {
    std::ifstream in(std::string(GATEWAY_TEST_DATA) + '/' + data_file, std::ios::binary);
    if (!in) {
        throw std::runtime_error("no test data " + data_file);
    }
    std::ostringstream text;
    text << in.rdbuf();
    return text.str();
}

json::object redemption_of(const answer& got) {
    const auto body = json_of(got);
    const auto* redemption = body.if_contains("redemption");
    return redemption ? redemption->as_object() : body;
}

std::string state_of(const answer& got) {
    const auto redemption = redemption_of(got);
    const auto* state = redemption.if_contains("state");
    return state ? std::string(state->as_string()) : got.body;
}

}  // namespace gateway::flow
