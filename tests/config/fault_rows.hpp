#pragma once

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <ostream>
#include <string>
#include <variant>
#include <vector>

#include "reading_support.hpp"

namespace gateway::config::test {

struct fault_row {
    std::string name;
    std::string yaml;
    std::string reported;  // "LINE: path: words", the start of exactly one fault
};

inline void PrintTo(const fault_row& row, std::ostream* out) {
    *out << row.name;
}

inline std::string printed_name(const testing::TestParamInfo<fault_row>& info) {
    return info.param.name;
}

inline void expect_one_fault(const fault_row& row) {
    const auto result = read(row.yaml);
    const auto* faults = std::get_if<std::vector<fault>>(&result);
    ASSERT_NE(faults, nullptr) << "accepted";
    ASSERT_EQ(faults->size(), 1u) << texts_of(*faults);
    const fault& only = faults->front();
    EXPECT_EQ(only.file, "gateway.yaml");
    EXPECT_THAT(std::to_string(only.line) + ": " + only.what, testing::StartsWith(row.reported));
}

// An account of each platform with an additional line, which is line 9 or 8 of the file.
inline std::string alipay_with(const std::string& line) {
    return minimal + "    " + line + "\n";
}
inline std::string taobao_with(const std::string& line) {
    return journal_line + taobao_account + "    " + line + "\n";
}
inline std::string with_server(const std::string& members) {
    return with_first("server: { " + members + " }");
}
inline std::string with_caller(const std::string& members) {
    return with_first("callers: [ { " + members + " } ]");
}
inline std::string with_journal(const std::string& members) {
    return "journal: { " + members + " }\n" + alipay_account;
}
inline std::string with_gateway(const std::string& url) {
    return journal_line +
           "accounts: [ { name: a, platform: taobao, app_key: k, app_secret_file: s,\n" +
           "gateway: \"" + url + "\" } ]\n";
}

inline const std::string token(64, 'a');

}  // namespace gateway::config::test
