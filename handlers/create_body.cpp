#include "handlers/create_body.hpp"

#include <algorithm>
#include <boost/json/object.hpp>
#include <boost/json/value.hpp>
#include <iterator>

#include "handlers/json_body.hpp"
#include "text/object_reader.hpp"
#include "text/sha256.hpp"
#include "text/strict_json.hpp"

namespace gateway::handlers {
namespace {

namespace json = boost::json;
using base::fixed_text;
using base::redacted_text;
using redemption::account_name;
using redemption::directory;
using redemption::platform_method;

constexpr std::int64_t max_expires_in = config::longest_expires_in.count();

template <class Names>
redacted_text listed(const Names& names) {
    redacted_text out;
    for (const auto& name : names) {
        out += out.empty() ? fixed_text("") : ", ";
        out += name;
    }
    return out;
}

bool contains(const std::vector<account_name>& all, const account_name& one) {
    return std::find(all.begin(), all.end(), one) != all.end();
}

const platform_method* read_method(
    text::object_reader& reader, const directory& known, const caller_identity& caller
) {
    const auto name = reader.required_text("method");
    if (!name) {
        return nullptr;
    }
    const auto* method = known.method(*name);
    if (!method) {
        std::vector<fixed_text> names;
        for (const auto one : known.method_names()) {
            if (caller.may_use(redemption::method_name(std::string(one)))) {
                names.push_back(one);
            }
        }
        reader.fault("method", fixed_text("is not a known method; known are ") + listed(names));
    }
    return method;
}

redacted_text served_by_none(const platform_method& method) {
    return method.needs_session()
               ? fixed_text("no account serves this method, which needs an account with a session")
               : "no account serves this method";
}

problem forbidden(redacted_text detail) {
    problem out;
    out.kind = problem_kind::forbidden;
    out.detail = std::move(detail);
    return out;
}

std::optional<problem> forbidden_method(
    const platform_method& method, const caller_identity& caller
) {
    const redemption::method_name name(std::string(method.name()));
    if (caller.may_use(name)) {
        return std::nullopt;
    }
    return forbidden(fixed_text("This caller may not use the method ") + name);
}

problem account_fault(redacted_text detail) {
    return invalid_body({{"/account", std::move(detail)}});
}

void choose_given(
    create_wish& wish,
    const std::vector<account_name>& serving,
    const std::vector<account_name>& usable,
    const caller_identity& caller
) {
    const auto& given = *wish.account_given;
    if (contains(usable, given)) {
        wish.account = given;
    } else if (!caller.may_use(given)) {
        wish.no_account = forbidden_account(given);
        wish.may_repeat = !contains(serving, given);
    } else {
        wish.no_account = account_fault(
            usable.empty() ? served_by_none(*wish.method)
                           : fixed_text("is not an account that serves this method; ") +
                                 listed(usable) + fixed_text(" would be")
        );
    }
}

// Sets the account of `wish`, or the reason why there is none.
void choose_account(create_wish& wish, const directory& known, const caller_identity& caller) {
    const auto serving = known.accounts_for(*wish.method);
    std::vector<account_name> usable;
    std::copy_if(serving.begin(), serving.end(), std::back_inserter(usable), [&](const auto& one) {
        return caller.may_use(one);
    });
    if (wish.account_given) {
        choose_given(wish, serving, usable, caller);
    } else if (usable.size() == 1) {
        wish.account = usable.front();
    } else if (usable.empty() && !serving.empty()) {
        wish.no_account = forbidden(
            redacted_text("None of the accounts that this caller may use serves the method")
        );
    } else {
        wish.no_account = account_fault(
            usable.empty() ? served_by_none(*wish.method)
                           : fixed_text("is required, as several accounts serve this method: ") +
                                 listed(usable)
        );
    }
}

// Nothing unless the wish names what the caller may not use and no earlier redemption can have it.
std::optional<problem> forbidden_part(const create_wish& wish, const caller_identity& caller) {
    if (!wish.method) {
        return std::nullopt;
    }
    if (auto refused = forbidden_method(*wish.method, caller)) {
        return refused;
    }
    return wish.may_repeat ? std::nullopt : std::optional(wish.no_account);
}

// False if no version can have accepted the parameters.
bool read_params(create_wish& wish, const json::object& params, text::fault_list& faults) {
    const redemption::params_text given(text::canonical_text(params));
    auto reading = wish.method->read(given, text::code_rule::checked);
    if (const auto* wrong = std::get_if<text::fault_list>(&reading)) {
        faults.append(*wrong, "/params");
        reading = wish.method->read(given, text::code_rule::recorded);
    }
    auto* terms = std::get_if<redemption::terms>(&reading);
    if (terms) {
        wish.terms = std::move(*terms);
    }
    return terms != nullptr;
}

redemption::fingerprint fingerprint_of(
    const create_wish& wish, const std::optional<std::int64_t>& expires_in
) {
    json::object canonical;
    canonical["method"] = wish.method->name().view();
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

problem forbidden_account(const account_name& account) {
    constexpr std::size_t longest_name = 64;
    const auto is_plain = [](char c) {
        return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') ||
               c == '.' || c == '_' || c == '-';
    };
    const auto& name = account.str();
    const bool nameable = name.size() <= longest_name && std::ranges::all_of(name, is_plain);
    return forbidden(
        fixed_text("This caller may not use ") +
        (nameable ? fixed_text("the account ") + account : redacted_text("this account"))
    );
}

std::variant<create_wish, problem> read_create_body(
    std::string_view body, const directory& known, const caller_identity& caller
) {
    auto reading = read_json_object(body);
    if (auto* fault = std::get_if<problem>(&reading)) {
        return std::move(*fault);
    }
    text::fault_list faults;
    text::object_reader reader(std::get<json::object>(reading), "", faults);
    create_wish wish;
    wish.method = read_method(reader, known, caller);
    if (auto account = reader.text("account")) {
        wish.account_given = account_name(std::move(*account));
    }
    const auto* params = reader.required_object("params");
    const auto expires_in = reader.integer("expires_in", {.min = 1, .max = max_expires_in});
    reader.refuse_unknown();
    if (wish.method && (wish.account_given || !reader.has("account"))) {
        choose_account(wish, known, caller);
    }
    if (auto refused = forbidden_part(wish, caller)) {
        return std::move(*refused);
    }
    const bool well = faults.empty();
    const bool accepted_before =
        wish.method && params && read_params(wish, *params, faults) && well;
    if (!faults.empty()) {
        faults.append(wish.no_account.errors, "");
        auto refused = invalid_body(std::move(faults));
        if (!accepted_before) {
            return refused;
        }
        wish.unfit_codes = std::move(refused);
    }
    wish.expires_in =
        expires_in ? std::chrono::seconds(*expires_in) : known.expires_in(*wish.method);
    wish.fingerprint = fingerprint_of(wish, expires_in);
    return wish;
}

}  // namespace gateway::handlers
