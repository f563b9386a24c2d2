#pragma once

#include <gmock/gmock.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "platform_clients/taobao/masker.hpp"
#include "platform_clients/taobao/methods.hpp"

namespace gateway::taobao {

inline const client_method& method_named(std::string_view name) {
    const auto all = methods();
    const auto found =
        std::find_if(all.begin(), all.end(), [&](auto* one) { return one->name() == name; });
    EXPECT_NE(found, all.end()) << name;
    return **found;
}

inline redemption::params_reading read(const client_method& method, std::string_view params) {
    return method.read(redemption::params_text(std::string(params)), text::code_rule::checked);
}

// The pointers of all faults, in order; empty when the parameters are fine.
inline std::vector<std::string> fault_pointers(
    const client_method& method, std::string_view params
) {
    const auto reading = read(method, params);
    std::vector<std::string> pointers;
    if (const auto* faults = std::get_if<text::fault_list>(&reading)) {
        for (const auto& fault : *faults) {
            EXPECT_FALSE(fault.detail.empty());
            pointers.push_back(fault.pointer);
        }
    }
    return pointers;
}

inline redemption::terms good_terms(const client_method& method, std::string_view params) {
    auto reading = read(method, params);
    auto* terms = std::get_if<redemption::terms>(&reading);
    if (!terms) {
        for (const auto& fault : std::get<text::fault_list>(reading)) {
            ADD_FAILURE() << fault.pointer << ' ' << fault.detail.view();
        }
        return {};
    }
    return std::move(*terms);
}

// The form fields of the parameters as the journal would hold them, as name=value lines.
inline std::vector<std::string> form_fields(const client_method& method, std::string_view params) {
    const auto form = method.form(good_terms(method, params).params);
    std::vector<std::string> lines;
    if (!form) {
        ADD_FAILURE() << "the method cannot read its own terms";
        return lines;
    }
    for (const auto& field : form->fields) {
        lines.push_back(field.name + '=' + field.value);
    }
    return lines;
}

// Hides nothing, for answers to no call.
inline const masker& no_secrets() {
    static const masker none({});
    return none;
}

inline std::vector<std::string> revealed(const std::vector<base::card_secret>& secrets) {
    std::vector<std::string> texts;
    for (const auto& secret : secrets) {
        texts.emplace_back(secret.reveal());
    }
    return texts;
}

// One row of a table of parameter rules.
struct rule {
    const char* name;
    std::string params;
    std::vector<std::string> faults;  // pointers, in order
};

}  // namespace gateway::taobao
