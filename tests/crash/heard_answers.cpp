#include "heard_answers.hpp"

#include <boost/json/object.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/serialize.hpp>
#include <ctime>

namespace gateway::crash {
namespace {

namespace json = boost::json;

std::string text(const json::object& from, std::string_view name) {
    const auto* value = from.if_contains(name);
    return value != nullptr && value->is_string() ? std::string(value->get_string()) : "";
}

std::string time_text(std::chrono::system_clock::time_point when) {
    const auto seconds = std::chrono::floor<std::chrono::seconds>(when);
    const auto rest = std::chrono::floor<std::chrono::milliseconds>(when - seconds);
    const std::time_t plain = std::chrono::system_clock::to_time_t(seconds);
    std::tm parts{};
    gmtime_r(&plain, &parts);
    char day[32];
    std::strftime(day, sizeof day, "%Y-%m-%dT%H:%M:%S", &parts);
    char all[48];
    std::snprintf(all, sizeof all, "%s.%03dZ", day, static_cast<int>(rest.count()));
    return all;
}

bool contradicts(const heard_answer& first, const heard_answer& second) {
    const bool later = second.asked_at > first.heard_at && !second.state.empty();
    const bool lasting = first.state == "succeeded" || first.state == "rejected";
    return later && lasting && (second.state != first.state || second.result != first.result);
}

}  // namespace

bool is_final(const std::string& state) {
    return state == "succeeded" || state == "rejected" || state == "failed";
}

heard_answer read_answer(const flow::answer& from, std::chrono::steady_clock::time_point asked_at) {
    heard_answer read;
    read.asked_at = asked_at;
    read.heard_at = std::chrono::steady_clock::now();
    const auto now = std::chrono::system_clock::now();
    read.asked_at_text =
        time_text(now - std::chrono::ceil<std::chrono::milliseconds>(read.heard_at - asked_at));
    read.heard_at_text = time_text(now);
    boost::system::error_code error;
    const auto value = json::parse(from.body, error);
    if (from.status == 0 || error || !value.is_object()) {
        return read;
    }
    const auto& body = value.get_object();
    read.status = from.status;
    read.problem = text(body, "type");
    const auto* embedded = body.if_contains("redemption");
    const auto& redemption = embedded != nullptr ? embedded->as_object() : body;
    read.id = text(redemption, "id");
    read.state = text(redemption, "state");
    if (const auto* result = redemption.if_contains("result")) {
        read.result = json::serialize(*result);
    }
    return read;
}

std::string story::last_state() const {
    for (auto at = heard.rbegin(); at != heard.rend(); ++at) {
        if (!at->state.empty()) {
            return at->state;
        }
    }
    return "";
}

bool story::settled() const {
    if (!heard.empty() && (heard.back().status == 409 || heard.back().status == 400)) {
        return true;
    }
    const auto state = last_state();
    return is_final(state) || state == "unknown";
}

std::vector<std::string> contradictions_in(const story& of) {
    std::vector<std::string> found;
    std::string id;
    for (const auto& one : of.heard) {
        if (!one.id.empty() && !id.empty() && one.id != id) {
            found.push_back(of.what.key + " had id " + id + ", then " + one.id);
        }
        id = one.id.empty() ? id : one.id;
    }
    for (const auto& first : of.heard) {
        for (const auto& second : of.heard) {
            if (contradicts(first, second)) {
                found.push_back(
                    of.what.key + " was " + first.state + " " + first.result + ", then " +
                    second.state + " " + second.result
                );
            }
        }
    }
    return found;
}

}  // namespace gateway::crash
