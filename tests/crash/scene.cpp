#include "scene.hpp"

#include <algorithm>

#include "eventually.hpp"

namespace gateway::crash {
namespace {

flow::world_options options() {
    flow::world_options chosen;
    chosen.start_gateway_now = false;
    // Longer than any hold: the kill comes first.
    chosen.attempt_timeout = "20s";
    chosen.account_extra = "    limits: { in_flight: 1 }\n";
    return chosen;
}

}  // namespace

scene::scene(const method_row& of)
    : method(of), body(of.body(natural)), w(options()), wire(w.simulator_port) {}

void scene::start() {
    start_towards(wire.port());
}

void scene::start_towards(std::uint16_t port) {
    w.platform_port = port;
    w.start_gateway();
}

void scene::begin_post() {
    caller = std::async(std::launch::async, [this] { return w.post(key, body); });
}

unsigned scene::post_and_leave() const {
    return w.post(key, body, {{"Prefer", "respond-async"}}).status;
}

bool scene::request_held() {
    return eventually([this] { return request_size() != 0; });
}

bool scene::answer_held() {
    return eventually([this] { return w.executed(natural) == 1 && answer_size() != 0; });
}

bool scene::gateway_read_all() const {
    return eventually([this] {
        const auto links = wire.links();
        return has_end(0, wire.port(), tcp_phase::connected) &&
               std::all_of(links.begin(), links.end(), [](const auto& one) { return !one.due; });
    });
}

std::size_t scene::request_size() const {
    const auto links = wire.links();
    return links.empty() ? 0 : complete_message(links.front().request);
}

std::size_t scene::answer_size() const {
    const auto links = wire.links();
    return links.empty() ? 0 : complete_message(links.front().answer);
}

std::optional<journal_row> scene::committed() const {
    return committed_row(w.folder / "journal.db", key);
}

}  // namespace gateway::crash
