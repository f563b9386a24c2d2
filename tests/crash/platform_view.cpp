#include "platform_view.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/value.hpp>

namespace gateway::crash {
namespace {

std::string text(const boost::json::object& from, std::string_view name) {
    return std::string(from.at(name).as_string());
}

}  // namespace

std::vector<platform_request> requests_seen(const flow::world& w) {
    std::vector<platform_request> all;
    const auto body = flow::json_of(w.control("GET", "/_sim/requests"));
    for (const auto& item : body.at("requests").as_array()) {
        const auto& fields = item.as_object();
        all.push_back({
            .natural_key = text(fields, "natural_key"),
            .verdict = text(fields, "verdict"),
            .faults = text(fields, "faults"),
        });
    }
    return all;
}

std::size_t requests_for(const flow::world& w, const std::string& natural_key) {
    const auto all = requests_seen(w);
    return static_cast<std::size_t>(std::count_if(
        all.begin(),
        all.end(),
        [&](const platform_request& one) {
            return one.natural_key.find(natural_key) != std::string::npos;
        }
    ));
}

std::map<std::string, platform_effect> effects_done(const flow::world& w) {
    std::map<std::string, platform_effect> all;
    const auto body = flow::json_of(w.control("GET", "/_sim/ledger"));
    for (const auto& item : body.at("effects").as_array()) {
        const auto& fields = item.as_object();
        platform_effect effect{.times = fields.at("times").to_number<std::int64_t>(), .totals = {}};
        if (const auto* totals = fields.at("detail").as_object().if_contains("totals")) {
            for (const auto& total : totals->as_object()) {
                effect.totals[std::string(total.key())] = total.value().to_number<std::int64_t>();
            }
        }
        all.emplace(text(fields, "natural_key"), std::move(effect));
    }
    return all;
}

}  // namespace gateway::crash
