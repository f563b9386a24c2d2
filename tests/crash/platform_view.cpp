#include "platform_view.hpp"

#include <algorithm>
#include <boost/json/array.hpp>
#include <boost/json/parse.hpp>
#include <boost/json/value.hpp>
#include <fstream>

namespace gateway::crash {
namespace {

std::string text(const boost::json::object& from, std::string_view name) {
    return std::string(from.at(name).as_string());
}

std::int64_t total_in(const boost::json::object& params) {
    const auto* type = params.if_contains("write_off_type");
    const auto* vouchers = params.if_contains("voucher_infos");
    if (type == nullptr || *type != "1" || vouchers == nullptr) {
        return 0;
    }
    const auto list = boost::json::parse(std::string(vouchers->as_string()));
    return list.at(0).at("used_quantity").to_number<std::int64_t>();
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
            .total = total_in(fields.at("params").as_object()),
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

std::vector<executed_effect> effects_in(const std::filesystem::path& ledger) {
    std::vector<executed_effect> all;
    std::ifstream file(ledger);
    std::string line;
    while (std::getline(file, line)) {
        const auto fields = boost::json::parse(line).as_object();
        executed_effect effect{
            .method = text(fields, "method"),
            .natural_key = text(fields, "natural_key"),
            .at = text(fields, "at"),
            .totals = {},
        };
        if (const auto* totals = fields.at("detail").as_object().if_contains("totals")) {
            for (const auto& total : totals->as_object()) {
                effect.totals[std::string(total.key())] = total.value().to_number<std::int64_t>();
            }
        }
        all.push_back(std::move(effect));
    }
    return all;
}

}  // namespace gateway::crash
