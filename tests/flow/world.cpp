#include "world.hpp"

#include <gtest/gtest.h>
#include <unistd.h>

#include <algorithm>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <iterator>
#include <sstream>
#include <stdexcept>

namespace gateway::flow {
namespace {

namespace fs = std::filesystem;
namespace json = boost::json;

const std::string bin = GATEWAY_BIN_DIR;
const std::string keys = std::string(GATEWAY_TEST_DATA) + "/alipay/keys";

fs::path fresh_folder() {
    std::string name = (fs::temp_directory_path() / "gateway-flow-XXXXXX").string();
    if (mkdtemp(name.data()) == nullptr) {
        throw std::runtime_error("mkdtemp failed");
    }
    return name;
}

void write(const fs::path& file, const std::string& text) {
    std::ofstream(file) << text;
}

std::string tls_of(const std::string& members) {
    return members.empty() ? "" : ", tls: { " + members + " }";
}

std::uint16_t port_of(std::optional<std::string> text, child_process& from) {
    if (!text) {
        throw std::runtime_error("no port in the output:\n" + from.output());
    }
    return static_cast<std::uint16_t>(std::stoi(*text));
}

}  // namespace

world::world(const world_options& options) : folder(fresh_folder()) {
    write_files(options);
    start_simulator(0);
    if (options.start_gateway_now) {
        start_gateway();
    }
}

world::~world() {
    if (::testing::Test::HasFailure()) {
        write(folder / "gateway.log", gateway ? gateway->output() : "");
        write(folder / "simulator.log", simulator ? simulator->output() : "");
        std::fprintf(stderr, "the test's files are in %s\n", folder.c_str());
        return;
    }
    gateway.reset();
    simulator.reset();
    fs::remove_all(folder);
}

void world::write_files(const world_options& options) const {
    write(folder / "secret", "helloworld\n");
    write(folder / "session", "test\n");
    write(
        folder / "simulator.yaml",
        "alipay:\n"
        "  - app_id: \"2021000000000001\"\n"
        "    sign_type: RSA2\n"
        "    app_public_key_file: " +
            keys +
            "/app_public_spki.pem\n"
            "    alipay_private_key_file: " +
            keys +
            "/alipay_private_pkcs8.pem\n"
            "    unknown_entities: [NO-SUCH-CODE]\n"
            "    expired_entities: [EXPIRED-CODE]\n" +
            options.simulator_extra +
            "taobao:\n"
            "  - app_key: \"12345678\"\n"
            "    secret: helloworld\n"
            "    sessions: [test]\n"
    );
    const auto timeouts = "    timeouts: { connect: 1s, attempt: " + options.attempt_timeout +
                          " }\n" + options.account_extra;
    write(
        folder / "gateway.yaml",
        "server:\n"
        "  api: { address: 127.0.0.1, port: 0" +
            tls_of(options.api_tls) +
            " }\n"
            "  admin: { address: 127.0.0.1, port: 0" +
            tls_of(options.admin_tls) +
            " }\n"
            "  drain_delay: " +
            options.drain_delay + "\n" + options.server_extra + "journal:\n" +
            (options.journal.empty() ? "  sqlite: { path: " + options.journal_path + " }\n"
                                     : options.journal) +
            options.journal_extra +
            "accounts:\n"
            "  - name: shop-a\n"
            "    platform: alipay\n"
            "    gateway: \"http://127.0.0.1:${SIMULATOR_PORT}/gateway.do\"\n"
            "    app_id: \"2021000000000001\"\n"
            "    private_key_file: " +
            keys +
            "/app_private_pkcs8.pem\n"
            "    alipay_public_key_file: " +
            keys + "/alipay_public_spki.pem\n" + timeouts +
            "  - name: fliggy\n"
            "    platform: taobao\n"
            "    gateway: \"http://127.0.0.1:${SIMULATOR_PORT}/router/rest\"\n"
            "    app_key: \"12345678\"\n"
            "    app_secret_file: secret\n"
            "    session_file: session\n" +
            timeouts + options.gateway_extra
    );
}

void world::start_simulator(std::uint16_t port) {
    std::vector<std::string> arguments{
        "--config",
        (folder / "simulator.yaml").string(),
        "--api-port",
        std::to_string(port),
        "--ledger",
        (folder / "ledger").string()
    };
    arguments.insert(arguments.end(), simulator_arguments.begin(), simulator_arguments.end());
    simulator = std::make_unique<child_process>(bin + "/platform-simulator", arguments);
    simulator_port = port_of(simulator->wait_for("listening on [^\n]*:([0-9]+)\n"), *simulator);
}

void world::restart_simulator() {
    const auto port = simulator_port;
    simulator.reset();
    start_simulator(port);
}

// The call repeats because a fault that resets or refuses connections may hit the control
// connection instead of the gateway's.
answer world::control(const std::string& method, const std::string& target) const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(5);
    answer got;
    do {
        got = call(simulator_port, method, target);
    } while (got.status == 0 && std::chrono::steady_clock::now() < limit);
    return got;
}

bool world::executes(std::int64_t effects) const {
    const auto limit = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (executed_in_all() < effects) {
        if (std::chrono::steady_clock::now() > limit) {
            return false;
        }
    }
    return true;
}

void world::change_settings(const std::string& before, const std::string& after) const {
    const auto file = folder / "gateway.yaml";
    std::ifstream in(file, std::ios::binary);
    std::string text{std::istreambuf_iterator<char>(in), {}};
    const auto at = text.find(before);
    ASSERT_NE(at, std::string::npos) << before;
    write(file, text.replace(at, before.size(), after));
}

void world::start_gateway() {
    const auto target = platform_port != 0 ? platform_port : simulator_port;
    auto command = gateway_runner;
    command.insert(
        command.end(), {bin + "/redemption-gateway", "--config", (folder / "gateway.yaml").string()}
    );
    gateway = std::make_unique<child_process>(
        command.front(),
        std::vector<std::string>(command.begin() + 1, command.end()),
        std::map<std::string, std::string>{{"SIMULATOR_PORT", std::to_string(target)}}
    );
    api_port = port_of(gateway->wait_for("api_port\"?[=:] ?([0-9]+)"), *gateway);
    admin_port = port_of(gateway->wait_for("admin_port\"?[=:] ?([0-9]+)"), *gateway);
}

void world::kill_gateway() {
    gateway->signal(SIGKILL);
    EXPECT_EQ(gateway->wait_exit(), 128 + SIGKILL);
}

int world::stop_gateway() {
    gateway->signal(SIGTERM);
    return gateway->wait_exit().value_or(-1);
}

answer world::post(
    const std::string& key, const std::string& body, std::map<std::string, std::string> headers
) const {
    auto dashed = key;
    std::replace(dashed.begin(), dashed.end(), ' ', '-');
    headers.emplace("Idempotency-Key", dashed);
    headers.emplace("Content-Type", "application/json");
    return call(api_port, "POST", "/v1/redemptions", headers, body);
}

answer world::get(const std::string& target, std::map<std::string, std::string> headers) const {
    return call(api_port, "GET", target, headers);
}

answer world::admin(const std::string& target, std::map<std::string, std::string> headers) const {
    return call(admin_port, "GET", target, headers);
}

answer world::post_until_settled(const std::string& key, const std::string& body) const {
    answer last;
    for (int i = 0; i < 12; ++i) {
        last = post(key, body);
        const bool unknown =
            last.status == 202 && json_of(last).at("state").as_string() == "unknown";
        if (last.status != 202 || unknown) {
            return last;
        }
    }
    return last;
}

void world::fault(const std::string& text) const {
    const auto got =
        call(simulator_port, "POST", "/_sim/faults", {{"Content-Type", "application/json"}}, text);
    ASSERT_LT(got.status, 300U) << text << ": " << got.body;
    ASSERT_NE(got.status, 0U);
}

void world::clear_faults() const {
    control("DELETE", "/_sim/faults");
}

std::int64_t world::executed(const std::string& natural_key) const {
    std::int64_t times = 0;
    const auto ledger = json_of(control("GET", "/_sim/ledger"));
    for (const auto& effect : ledger.at("effects").as_array()) {
        const auto& fields = effect.as_object();
        if (fields.at("natural_key").as_string().find(natural_key) != std::string::npos) {
            times += fields.at("times").to_number<std::int64_t>();
        }
    }
    return times;
}

std::int64_t world::executed_in_all() const {
    return executed("");
}

json::object world::account(const std::string& name) const {
    const auto all = json_of(get("/v1/accounts"));
    for (const auto& one : all.at("accounts").as_array()) {
        if (one.at("name").as_string() == name) {
            return one.as_object();
        }
    }
    return {};
}

std::string world::metric(const std::string& series) const {
    std::istringstream in(admin("/metrics").body);
    for (std::string line; std::getline(in, line);) {
        if (line.starts_with(series + ' ')) {
            return line.substr(series.size() + 1);
        }
    }
    return {};
}

std::pair<std::string, int> world::run_gateway(
    const std::string& config, std::vector<std::string> arguments
) const {
    arguments.insert(arguments.begin(), {"--config", (folder / config).string()});
    child_process program(
        bin + "/redemption-gateway", arguments, {{"SIMULATOR_PORT", std::to_string(simulator_port)}}
    );
    const auto status = program.wait_exit();
    return {program.output(), status.value_or(-1)};
}

std::size_t world::gateway_resident_kib() const {
    std::ifstream status("/proc/" + std::to_string(gateway->pid()) + "/status");
    std::string line;
    while (std::getline(status, line)) {
        if (line.starts_with("VmRSS:")) {
            return std::stoul(line.substr(6));
        }
    }
    return 0;
}

json::object json_of(const answer& from) {
    boost::system::error_code error;
    auto value = json::parse(from.body, error);
    EXPECT_FALSE(error) << "status " << from.status << ", not JSON: " << from.body;
    return value.is_object() ? value.as_object() : json::object{};
}

std::string voucher_body(const std::string& out_biz_no, const std::string& entity_no) {
    return R"({"method":"alipay.marketing.voucher.stock.use","params":{"entity_no":")" + entity_no +
           R"(","out_biz_no":")" + out_biz_no + R"("}})";
}

std::string ticket_body(const std::string& order_id, int total) {
    const auto quantity = std::to_string(total > 0 ? total : 1);
    const std::string type = total > 0 ? R"(,"write_off_type":1)" : "";
    return R"({"method":"taobao.travel.ticket.order.verify","params":{"order_id":)" + order_id +
           R"(,"voucher_infos":[{"confirm_code":"2516352","used_quantity":)" + quantity +
           R"(,"used_date":"2020-01-11 14:00:00"}])" + type + "}}";
}

std::string eticket_body(const std::string& outer_id) {
    return R"({"method":"taobao.eticket.merchant.ma.send","params":{"outer_id":")" + outer_id +
           R"(","token":"31231231231","isv_ma_list":[{"code":"abc123","num":1}]}})";
}

}  // namespace gateway::flow
