#include "handlers/create_body.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>

#include "handlers/json_body.hpp"
#include "text/object_reader.hpp"
#include "text/sha256.hpp"
#include "text/strict_json.hpp"

namespace gateway::handlers {
namespace {

namespace json = boost::json;
using redemption::account_name;
using redemption::directory;
using redemption::param_fault;
using redemption::platform_method;

constexpr std::int64_t max_expires_in = std::int64_t{30} * 24 * 3600;

template <class Names>
std::string listed(const Names& names) {
    std::string out;
    for (const auto& name : names) {
        out += out.empty() ? "" : ", ";
        out += name;
    }
    return out;
}

std::vector<std::string_view> texts(const std::vector<account_name>& names) {
    std::vector<std::string_view> out;
    for (const auto& name : names) {
        out.emplace_back(name.str());
    }
    return out;
}

const platform_method* read_method(text::object_reader& reader, const directory& known) {
    const auto name = reader.required_text("method");
    if (!name) {
        return nullptr;
    }
    const auto* method = known.method(*name);
    if (!method) {
        reader.fault("method", "is not a known method; known are " + listed(known.method_names()));
    }
    return method;
}

std::string served_by_none(const platform_method& method) {
    return method.needs_session()
               ? "no account serves this method, which needs an account with a session"
               : "no account serves this method";
}

// Sets the account of `wish`, or the reason why there is none.
void choose_account(create_wish& wish, const directory& known) {
    const auto serving = known.accounts_for(*wish.method);
    if (wish.account_given) {
        if (std::find(serving.begin(), serving.end(), *wish.account_given) != serving.end()) {
            wish.account = wish.account_given;
            return;
        }
        wish.account_fault = {
            "/account",
            serving.empty() ? served_by_none(*wish.method)
                            : "is not an account that serves this method; " +
                                  listed(texts(serving)) + " would be"
        };
        return;
    }
    if (serving.size() == 1) {
        wish.account = serving.front();
        return;
    }
    wish.account_fault = {
        "/account",
        serving.empty()
            ? served_by_none(*wish.method)
            : "is required, as several accounts serve this method: " + listed(texts(serving))
    };
}

void read_params(
    create_wish& wish,
    const json::object& params,
    const redemption::redemption_id& id,
    std::vector<param_fault>& faults
) {
    auto reading = wish.method->read(redemption::params_text(text::canonical_text(params)), id);
    if (auto* terms = std::get_if<redemption::terms>(&reading)) {
        wish.terms = std::move(*terms);
        return;
    }
    for (const auto& fault : std::get<std::vector<param_fault>>(reading)) {
        faults.push_back({"/params" + fault.pointer, fault.detail});
    }
}

redemption::fingerprint fingerprint_of(
    const create_wish& wish, const std::optional<std::int64_t>& expires_in
) {
    json::object canonical;
    canonical["method"] = wish.method->name();
    if (wish.account_given) {
        canonical["account"] = wish.account_given->str();
    }
    if (expires_in) {
        canonical["expires_in"] = *expires_in;
    }
    canonical["params"] = wish.terms.canonical.reveal();
    return text::sha256(text::canonical_text(canonical));
}

}  // namespace

std::variant<create_wish, problem> read_create_body(
    std::string_view body, const directory& known, const redemption::redemption_id& id
) {
    auto reading = read_json_object(body);
    if (auto* fault = std::get_if<problem>(&reading)) {
        return std::move(*fault);
    }
    text::fault_list faults;
    text::object_reader reader(std::get<json::object>(reading), "", faults);
    create_wish wish;
    wish.method = read_method(reader, known);
    if (auto account = reader.text("account")) {
        wish.account_given = account_name(std::move(*account));
    }
    const auto* params = reader.required_object("params");
    const auto expires_in = reader.integer("expires_in", {.min = 1, .max = max_expires_in});
    reader.refuse_unknown();
    if (wish.method && (wish.account_given || !reader.has("account"))) {
        choose_account(wish, known);
    }
    if (wish.method && params) {
        read_params(wish, *params, id, faults);
    }
    if (!faults.empty()) {
        if (!wish.account_fault.pointer.empty()) {
            faults.push_back(wish.account_fault);
        }
        return invalid_body(std::move(faults));
    }
    wish.expires_in =
        expires_in ? std::chrono::seconds(*expires_in) : known.expires_in(*wish.method);
    wish.fingerprint = fingerprint_of(wish, expires_in);
    return wish;
}

}  // namespace gateway::handlers
