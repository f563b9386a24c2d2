#include "replicas_world.hpp"

#include <gtest/gtest.h>

#include <boost/json/value.hpp>
#include <chrono>
#include <csignal>
#include <fstream>
#include <stdexcept>
#include <utility>

#include "protocol_world.hpp"

namespace gateway::flow {
namespace {

const std::string program = std::string(GATEWAY_BIN_DIR) + "/redemption-gateway";

// A short lease, so that tests see a take-over soon.
world_options on_database(world_options options, const std::string& durability) {
    options.start_gateway_now = false;
    options.journal =
        "  postgres: { conninfo_file: \"${CONNINFO_FILE}\", durability: " + durability +
        ", lease: 3s }\n";
    return options;
}

std::uint16_t port_in(const std::optional<std::string>& text, child_process& from) {
    if (!text) {
        throw std::runtime_error("no port in the output:\n" + from.output());
    }
    return static_cast<std::uint16_t>(std::stoi(*text));
}

// Repeats a question until its answer will do; the last answer.
template <class Ask, class Enough>
answer ask_until(Ask ask, Enough enough, std::chrono::seconds limit) {
    const auto end = std::chrono::steady_clock::now() + limit;
    for (;;) {
        auto got = ask();
        if (enough(got) || std::chrono::steady_clock::now() > end) {
            return got;
        }
    }
}

std::string hosts_of(const replicas_world::database_options& on) {
    return on.standby_host.empty() ? "" : "host=" + on.server->host() + "," + on.standby_host;
}

}  // namespace

replicas_world::replicas_world(std::size_t replicas, world_options options, bool start_now)
    : platform(on_database(std::move(options), "storage")), replicas_(replicas) {
    for (std::size_t i = 0; start_now && i < replicas; ++i) {
        start(i);
    }
}

replicas_world::replicas_world(
    std::size_t replicas, world_options options, const database_options& on
)
    : database(*on.server),
      platform(on_database(std::move(options), on.durability)),
      replicas_(replicas) {
    const auto file = database.conninfo_file(hosts_of(on));
    for (std::size_t i = 0; i < replicas; ++i) {
        replicas_[i].to.conninfo_file = file;
        start(i);
    }
}

replicas_world::~replicas_world() {
    for (std::size_t i = 0; ::testing::Test::HasFailure() && i < replicas_.size(); ++i) {
        const auto& one = replicas_[i];
        std::ofstream(platform.folder / ("replica-" + std::to_string(i) + ".log"))
            << one.printed << (one.program ? one.program->output() : "");
    }
}

void replicas_world::begin_start(std::size_t replica) {
    auto& one = replicas_.at(replica);
    if (one.program) {
        one.printed += one.program->output();
    }
    const auto platform_port = one.to.platform_port;
    const auto file = one.to.conninfo_file;
    one.api_port = 0;
    one.program = std::make_unique<child_process>(
        program,
        std::vector<std::string>{"--config", (platform.folder / "gateway.yaml").string()},
        std::map<std::string, std::string>{
            {"SIMULATOR_PORT",
             std::to_string(platform_port == 0 ? platform.simulator_port : platform_port)},
            {"CONNINFO_FILE", file.empty() ? database.conninfo_file() : file},
        }
    );
}

bool replicas_world::serves(std::size_t replica) {
    auto& one = replicas_.at(replica);
    if (one.api_port == 0) {
        const std::chrono::milliseconds now(0);
        const auto admin = one.program->wait_for("admin_port\"?[=:] ?([0-9]+)", now);
        const auto api = one.program->wait_for("api_port\"?[=:] ?([0-9]+)", now);
        if (admin && api) {
            one.admin_port = port_in(admin, *one.program);
            one.api_port = port_in(api, *one.program);
        }
    }
    return one.api_port != 0;
}

void replicas_world::start(std::size_t replica) {
    begin_start(replica);
    auto& one = replicas_.at(replica);
    one.api_port = port_in(one.program->wait_for("api_port\"?[=:] ?([0-9]+)"), *one.program);
    one.admin_port = port_in(one.program->wait_for("admin_port\"?[=:] ?([0-9]+)"), *one.program);
}

bool replicas_world::runs(std::size_t replica) const {
    const auto& one = replicas_.at(replica).program;
    return one && one->running();
}

int replicas_world::ended_with(std::size_t replica) {
    return replicas_.at(replica).program->wait_exit().value_or(-1);
}

answer replicas_world::ready_answer(std::size_t replica) const {
    return call(replicas_.at(replica).admin_port, "GET", "/readyz");
}

bool replicas_world::ready(std::size_t replica) const {
    const auto got = ask_until(
        [&] { return ready_answer(replica); },
        [](const answer& a) { return a.status == 200; },
        std::chrono::seconds(20)
    );
    return got.status == 200;
}

answer replicas_world::readiness(std::size_t replica) const {
    return call(replicas_.at(replica).admin_port, "GET", "/readyz");
}

answer replicas_world::unready(std::size_t replica, const std::string& says) const {
    return ask_until(
        [&] { return readiness(replica); },
        [&](const answer& a) { return a.status == 503 && a.body.find(says) != std::string::npos; },
        std::chrono::seconds(20)
    );
}

bool replicas_world::says(std::size_t replica, const std::string& text) const {
    return unready(replica, text).body.find(text) != std::string::npos;
}

bool replicas_world::writes(std::size_t replica) const {
    const auto key = "writes" + std::to_string(replica);
    const auto got = ask_until(
        [&] { return post(replica, key, voucher_body(key, "CODE-" + key)); },
        [](const answer& a) { return a.status == 200; },
        std::chrono::seconds(20)
    );
    return got.status == 200;
}

answer replicas_world::acknowledge(std::size_t replica, const std::string& body) const {
    return call(
        replicas_.at(replica).api_port,
        "POST",
        "/v1/journal/losses/acknowledge",
        {{"Content-Type", "application/json"}},
        body
    );
}

answer replicas_world::post(
    std::size_t replica,
    const std::string& key,
    const std::string& body,
    std::map<std::string, std::string> headers
) const {
    headers.emplace("Idempotency-Key", key);
    headers.emplace("Content-Type", "application/json");
    return call(replicas_.at(replica).api_port, "POST", "/v1/redemptions", headers, body);
}

answer replicas_world::resolve(std::size_t replica, const std::string& id, const std::string& state)
    const {
    return call(
        replicas_.at(replica).api_port,
        "POST",
        "/v1/redemptions/" + id + "/resolve",
        {{"Content-Type", "application/json"}},
        R"({"state":")" + state + R"(","note":"seen"})"
    );
}

answer replicas_world::get(std::size_t replica, const std::string& target) const {
    return call(replicas_.at(replica).api_port, "GET", target);
}

answer replicas_world::settled(std::size_t replica, const std::string& id) const {
    return ask_until(
        [&] { return get(replica, "/v1/redemptions/" + id); },
        [](const answer& a) {
            return a.status == 200 && json_of(a).at("state").as_string() != "pending";
        },
        std::chrono::seconds(20)
    );
}

std::string replicas_world::metric(std::size_t replica, const std::string& series) const {
    const auto page = call(replicas_.at(replica).admin_port, "GET", "/metrics").body;
    const auto at = page.find("\n" + series + " ");
    if (at == std::string::npos) {
        return "";
    }
    const auto from = at + series.size() + 2;
    return page.substr(from, page.find('\n', from) - from);
}

void replicas_world::signal(std::size_t replica, int number) const {
    replicas_.at(replica).program->signal(number);
}

int replicas_world::stop(std::size_t replica) {
    signal(replica, SIGTERM);
    return replicas_.at(replica).program->wait_exit().value_or(-1);
}

void replicas_world::kill(std::size_t replica) {
    signal(replica, SIGKILL);
    replicas_.at(replica).program->wait_exit();
}

}  // namespace gateway::flow
